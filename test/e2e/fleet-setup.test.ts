import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentClient } from '../../lib/control/client';
import { METHODS } from '../../lib/control/etcd/messages';
import { FleetClient } from '../../lib/control/fleet/client';
import { RIGHTS_OFF } from '../../lib/control/fleet/condition';
import { describeEtcds, EtcdServer } from './support/etcd';

const MAIN = join(__dirname, '../../dist/cli/main.js');
const PAGE = readFileSync(join(__dirname, '../../docs/fleet.md'), 'utf8');

/** The script of a section of docs/fleet.md that has this line. */
const script = (has: string) =>
  [...PAGE.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, text]) => text).find((text) => text.includes(has))!;

describeEtcds('what docs/fleet.md says about setting up the etcd of %s', (_, debian) => {
  let folder: string;
  let server: EtcdServer;

  /** Runs a script of the page for this machine, in a folder, with `peerform` as it was built. */
  const run = (text: string) =>
    execFileSync(
      'sh',
      [
        '-euc',
        text
          .replace(/(https:\/\/)?e1:2379\S*e3:2379/g, (_, scheme = '') => `${scheme}${server?.host}`)
          .replace('DNS:e1', 'DNS:e1,IP:127.0.0.1'),
      ],
      {
        ...{ cwd: folder, encoding: 'utf8', stdio: 'pipe' },
        env: { ...process.env, PATH: `${folder}/bin:${process.env.PATH}` },
      },
    );
  const variables = (name: string) => ({
    ...{ PEERFORM_ETCD_CACERT: join(folder, 'ca.crt'), PEERFORM_ETCD_CERT: join(folder, `${name}.crt`) },
    PEERFORM_ETCD_KEY: join(folder, `${name}.key`),
  });
  const status = (name: string, ...args: string[]) => fleet('status', 'lab', name, ...args);
  const fleet = (verb: string, prefix: string, name: string, ...args: string[]) =>
    new Promise<{ code: number; text: string }>((resolve) => {
      const env = { ...process.env, ...variables(name) };
      const child = execFile(
        process.execPath,
        [MAIN, 'fleet', verb, `etcd://${server.host}/${prefix}`, ...args],
        { env },
        (_, out, err) => resolve({ code: child.exitCode ?? -1, text: out + err }),
      );
    });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pf-setup-'));
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin/peerform'), `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`, { mode: 0o755 });
    run(script('certificate()'));
    for (const kind of ['crt', 'key']) copyFileSync(join(folder, `etcd.${kind}`), join(folder, `server.${kind}`));
    server = await EtcdServer.start({ debian, tls: { folder } });
  });
  afterAll(async () => {
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('before authentication is enabled, status and a client say that no rights apply', async () => {
    const { code, text } = await status('alice');
    expect([code, text]).toEqual([1, expect.stringContaining(RIGHTS_OFF)]);
    const before = process.env;
    process.env = { ...before, ...variables('alice') };
    try {
      await expect(new AgentClient(`etcd://${server.host}/lab/node1`).status()).rejects.toThrow('no agent of node');
      expect(FleetClient.warnings()).toContain(`etcd at ${server.host}: ${RIGHTS_OFF}`);
    } finally {
      process.env = before;
      await FleetClient.closeAll();
    }
  });

  test('of a prefix that no fabric has, prune says that', async () => {
    const { code, text } = await fleet('prune', 'lba', 'alice');
    expect([code, text]).toEqual([0, expect.stringContaining('there is no fabric with the prefix lba')]);
  });

  test('its commands enable rights', async () => {
    expect(run(script('etcdctl auth enable'))).toContain('Authentication Enabled');
    const { code, text } = await status('alice');
    expect([code, text]).toEqual([1, expect.stringMatching(/^no agent is connected below lab: .* Check the prefix/)]);
    expect((await status('node1')).text).toContain('or has no right to this key');
    expect(JSON.parse((await status('alice', '-o', 'json')).text)).toMatchObject({
      authentication: true,
      alarms: [],
      agents: [],
    });
  });

  test.each([
    [1, 'NOSPACE'],
    [2, 'CORRUPT'],
  ])('status shows alarm %d, which a node can raise: %s', async (alarm, name) => {
    const [node, root] = ['node1', 'root'].map((who) => server.client(who));
    await node.connection.unary(METHODS.alarm, { action: 1, alarm });
    await expect(root.transact([], [{ put: '/x', value: 'x' }])).rejects.toThrow(name);
    expect(await status('alice')).toMatchObject({
      code: 1,
      text: expect.stringContaining(`the alarm ${name}, and no deploy`),
    });
    server.ctl(['alarm', 'disarm'], 'root');
    expect((await status('alice')).text).not.toContain(name);
    node.close();
    root.close();
  });
});
