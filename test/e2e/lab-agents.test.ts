import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packDelivery } from '../../lib/control/delivery';
import type { Request, Verb } from '../../lib/control/protocol';
import { makeRelease } from '../../lib/control/release';
import type { Lab } from '../../lib/lab/lab';
import { SAMPLE } from '../../lib/lab/sample';
import { AGENT_COMMAND } from '../../lib/lab/speakers';
import { up } from '../../lib/lab/up';
import { IpAddress } from '../../lib/model/address';
import { sure } from '../../lib/model/problem';
import { readFabric } from '../../lib/model/read';
import { describeLab, inEachWay } from './lab-ways';

const address = (text: string) => sure(IpAddress.parse(text));
const fabric = readFabric(SAMPLE).fabric!;

/** Every workload's and every outside host's addresses, by name. */
const hostsOf = (lab: Lab) => lab.membersOf('workload').map(([name, { addresses }]) => ({ name, addresses }));

/** What does not reach what, of all hosts over both families. */
async function unreached(lab: Lab, from = hostsOf(lab)): Promise<string[]> {
  const missing: string[] = [];
  for (const { name } of from)
    for (const { addresses } of hostsOf(lab))
      for (const target of addresses) if (!(await lab.reaches(name, target, 30))) missing.push(`${name} → ${target}`);
  return missing;
}

/** Whether a route to a prefix comes into (or leaves) a member's kernel in the end. */
async function kernelHas(lab: Lab, member: string, prefix: string, wanted: boolean): Promise<boolean> {
  const argv = ['ip', ...(prefix.includes(':') ? ['-6'] : []), 'route', 'show', prefix];
  for (let i = 0; i < 1000; i++) {
    if (((await lab.run(member, argv)).stdout !== '') === wanted) return true;
    await sleep(25);
  }
  return false;
}

inEachWay<{ outside?: 'agent' }>('a lab with agents', { user: { outside: 'agent' } }, (way) => {
  let base: string;
  let lab: Lab;
  const steps: string[] = [];
  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'lab-'));
    lab = await up({
      fabric,
      name: `agents-${process.pid}`,
      folder: join(base, 'l'),
      onStep: (step) => steps.push(step),
      ...way,
    });
  });
  afterAll(async () => {
    await lab?.down();
    expect(readdirSync(base)).toEqual([]);
    rmSync(base, { recursive: true });
  });

  test('comes to have every session Established, also with the outside', async () => {
    expect(await lab.settles(90)).toBe(true);
    const sessions = (await lab.status()).flatMap(({ name, sessions }) =>
      sessions ? [[name, sessions.established]] : [],
    );
    expect(Object.fromEntries(sessions)).toEqual({ node1: 6, node2: 6, node3: 6, tor: 6 });
  });

  test('carries packets between all workloads and the outside, over both families', async () => {
    expect(await unreached(lab)).toEqual([]);
  });

  test('tells the whole fabric of a workload that comes and of one that goes', async () => {
    await lab.addWorkload('node1', 'guest', { ipv4: address('10.99.0.1'), ipv6: address('fd99::1') });
    for (const member of ['node2', 'node3', 'tor'])
      for (const prefix of ['10.99.0.1/32', 'fd99::1/128'])
        expect([member, prefix, await kernelHas(lab, member, prefix, true)]).toEqual([member, prefix, true]);
    expect(await unreached(lab, [{ name: 'guest', addresses: [] }])).toEqual([]);
    await lab.removeWorkload('guest');
    for (const member of ['node2', 'node3', 'tor'])
      for (const prefix of ['10.99.0.1/32', 'fd99::1/128'])
        expect([member, prefix, await kernelHas(lab, member, prefix, false)]).toEqual([member, prefix, true]);
  });

  test('goes on carrying packets while an agent is away, and lets it come back', async () => {
    await lab.stop('node2');
    expect(lab.isRunning('node2')).toBe(false);
    expect(await lab.reaches('w-node2', '10.65.0.2')).toBe(true);
    expect(await kernelHas(lab, 'node2', '10.65.0.1/32', true)).toBe(true);
    await lab.startAgent('node2', AGENT_COMMAND);
    expect(await lab.settles(90)).toBe(true);
    expect(await unreached(lab)).toEqual([]);
  });

  if (way.outside === 'agent')
    test('says that an agent stands for the outside', () => {
      expect(steps).toContain('start a Peerform agent as tor');
    });
});

describeLab('removal', () => {
  test('an agent ends at once the sessions that its neighbours dialled, when its fabric is removed', async () => {
    const base = mkdtempSync(join(tmpdir(), 'lab-'));
    const peers = { tor: { address: '192.20.30.40', asNumber: 67111, passive: true } };
    const { fabric } = readFabric({ ...SAMPLE, peers });
    const lab = await up({ fabric: fabric!, name: `removal-${process.pid}`, folder: join(base, 'l'), agents: 'idle' });
    try {
      const release = makeRelease(fabric!);
      const octets = packDelivery({ release, endpoints: lab.endpoints });
      const all = async <V extends Verb>(verb: V, more: object = {}) => {
        for (const [node] of lab.membersOf('node'))
          await lab
            .agent(node)
            .send(verb, { node, owner: 'test', release: release.digest, activation: 1, ...more } as Request<V>);
      };
      for (const [node] of lab.membersOf('node')) await lab.agent(node).deliver(octets);
      await all('stage');
      await all('activate', { confirmWithin: 600 });
      await all('confirm');
      await all('finalise');
      expect(await lab.settles(90)).toBe(true);
      for (const [node] of lab.membersOf('node'))
        await lab.agent(node).send('remove', { node, owner: 'test', fabric: fabric!.name });
      expect((await lab.status()).map(({ agent }) => agent?.fabric)).toEqual(new Array(8).fill(undefined));
    } finally {
      await lab.down();
      rmSync(base, { recursive: true });
    }
  });
});

describeLab('the command line, as a user who is not root', () => {
  const main = resolve(__dirname, '../../dist/cli/main.js');
  const isRoot = process.getuid?.() === 0;
  const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
  const mayRead = spawnSync(asNobody[0], [...asNobody.slice(1), 'test', '-r', main]).status === 0;
  const [program, ...prefix] = [...(isRoot && mayRead ? asNobody : ['env']), process.execPath, main, 'lab'];
  // Where root is all there is and nobody else may read the build, root does as without root.
  const inUserNamespace = isRoot && !mayRead ? ['--user-namespace'] : [];
  let base: string;
  const cli = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(program, [...prefix, ...args], { encoding: 'utf8', cwd: '/' });
    return { status, stdout, stderr };
  };
  const where = () => ['--dir', join(base, 'l')];
  beforeAll(() => {
    base = mkdtempSync(join(tmpdir(), 'lab-'));
    if (isRoot && mayRead) spawnSync('chown', ['65534:65534', base]);
  });
  afterAll(() => {
    if (existsSync(join(base, 'l'))) cli('down', ...where());
    rmSync(base, { recursive: true });
  });

  test('brings a lab up, looks at it, runs commands in it and ends it', async () => {
    const up = cli('up', '--outside', 'agent', ...inUserNamespace, ...where());
    expect([up.status, up.stderr]).toEqual([0, expect.stringContaining('enter a new user namespace')]);
    expect(up.stdout).toContain(`node1  unix://${base}/l/node1/agent.sock`);
    let status = cli('status', '--json', ...where());
    for (let i = 0; i < 100 && /"state": "(?!Established)/.test(status.stdout); i++) {
      await sleep(200);
      status = cli('status', '--json', ...where());
    }
    expect(JSON.parse(status.stdout).members[0]).toMatchObject({
      name: 'node1',
      sessions: { established: 6, total: 6 },
    });
    expect(cli('status', ...where()).stdout).toMatch(/^tor +outside +agent \(pid \d+\) +6\/6 /m);
    const address = cli('exec', 'w-node1', ...where(), '--', 'ip', '-brief', 'address', 'show', 'eth0');
    expect([address.status, address.stdout]).toEqual([0, expect.stringContaining('10.65.0.1/32')]);
    expect(cli('exec', 'node1', ...where(), '--', 'sh', '-c', 'exit 7').status).toBe(7);
    expect(cli('exec', 'nobody', ...where(), '--', 'true')).toMatchObject({
      status: 1,
      stderr: 'peerform: the lab has no nobody; it has node1, node2, node3, tor, w-node1, w-node2, w-node3, outside\n',
    });
    expect(cli('down', ...where())).toEqual({ status: 0, stdout: 'The lab lab is gone\n', stderr: '' });
    expect(readdirSync(base)).toEqual([]);
    expect(cli('status', ...where())).toMatchObject({
      status: 1,
      stderr: `peerform: there is no lab in ${base}/l\n`,
    });
  });
});
