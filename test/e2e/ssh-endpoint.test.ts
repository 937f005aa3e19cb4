import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentClient } from '../../lib/control/client';
import { packDelivery } from '../../lib/control/delivery';
import { makeRelease } from '../../lib/control/release';
import { sshPool } from '../../lib/control/ssh-pool';
import { readFabric } from '../../lib/model/read';
import { Fleet } from '../../lib/provider/fleet';
import type { Namespace } from '../kernel/namespace';
import { eventually, LocalNetwork, type Process } from './support/network';
import { maySshd, SshServer } from './support/ssh-server';

const MAIN = join(__dirname, '../../dist/cli/main.js');
const MINUTE = 60_000;
jest.setTimeout(MINUTE);

(maySshd ? describe : describe.skip)('an agent behind the ssh server of its machine', () => {
  let network: LocalNetwork;
  let here: Namespace;
  let there: Namespace;
  let ssh: SshServer;
  let server: Process;
  const before = process.env.PEERFORM_SSH_CONFIG;
  const endpoint = (host: string, socket = network.path('n2.sock')) => `ssh://${host}${socket}`;
  const reasonAt = (at: string) =>
    new AgentClient(at).status().then(
      () => 'it answers',
      ({ message }: Error) => message.replaceAll(network.folder, ''),
    );
  const withConfig = async <T>(name: string, body: () => Promise<T>) => {
    process.env.PEERFORM_SSH_CONFIG = network.path(name);
    return body().finally(() => {
      process.env.PEERFORM_SSH_CONFIG = ssh.clientConfig;
    });
  };

  beforeAll(async () => {
    network = new LocalNetwork([1, 2]);
    [here, there] = network.machines;
    ssh = new SshServer(network, there, ['10.0.0.2', 'fd00::2']);
    server = ssh.start();
    network.agent(there, 'n2');
    await eventually(() => expect(server.text).toContain('Server listening'));
    await eventually(() => network.client('n2').status());
    process.env.PEERFORM_SSH_CONFIG = ssh.clientConfig;
    here.enter(); // what this process starts from now on, ssh above all, starts on the machine "here"
  }, MINUTE);
  afterAll(async () => {
    sshPool.destroy(); // else sessions end only when ssh finds the network gone
    here.leave();
    if (before === undefined) delete process.env.PEERFORM_SSH_CONFIG;
    else process.env.PEERFORM_SSH_CONFIG = before;
    await network.remove();
    ssh.remove();
  }, MINUTE);

  test.each(['10.0.0.2', '10.0.0.2:22', '[fd00::2]'])('answers at %s', async (host) => {
    expect(await new AgentClient(endpoint(host)).status()).toMatchObject({ node: 'n2' });
  });

  test('is asked by many at once over few logins, all of which are for the same agent', async () => {
    const logins = () => server.text.split('Accepted publickey').length - 1;
    const had = logins();
    const all = Array.from({ length: 40 }, () => new AgentClient(endpoint('10.0.0.2')).status());
    expect(new Set((await Promise.all(all)).map(({ node }) => node))).toEqual(new Set(['n2']));
    expect(logins() - had).toBeLessThanOrEqual(4);
  });

  test('takes a release from the provider', async () => {
    const fleet = new Fleet({ n2: endpoint('10.0.0.2') });
    const { fabric } = readFabric({ name: 'ssh', nodes: { n2: { ipv4Address: '10.0.0.2' } } });
    const release = makeRelease(fabric!);
    const command = { owner: 'test', release: release.digest, activation: 1 };
    const failed = [
      await fleet.stage(
        ['n2'],
        packDelivery({ release, endpoints: fleet.endpoints }),
        { release: release.digest, activation: 1, text: '' },
        (node) => ({ ...command, node }),
      ),
      (await fleet.send('activate', ['n2'], (node) => ({ ...command, node, confirmWithin: 600 }))).all,
      (await fleet.send('confirm', ['n2'], (node) => ({ ...command, node }))).all,
    ];
    expect(failed.map((one) => [...one])).toEqual([[], [], []]);
    expect((await fleet.survey()).statuses.get('n2')?.transaction.confirmed).toMatchObject({
      release: release.digest,
      activation: 1,
    });
  });

  test('is shown by the command line', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [MAIN, 'status', '--json', '--via', endpoint('10.0.0.2')],
      { encoding: 'utf8', env: process.env },
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject([{ node: 'n2', status: { fabric: 'ssh' } }]);
  });

  describe('is not reached, and the reason is told,', () => {
    test('where the host refuses the key', async () => {
      expect(await withConfig('ssh_config_stranger', () => reasonAt(endpoint('10.0.0.2', '/key.sock')))).toContain(
        'the host refused the login: ssh must be able to log in with a key, without a prompt',
      );
    });

    test('where nobody knows the key of the host', async () => {
      expect(await withConfig('ssh_config_nobody', () => reasonAt(endpoint('10.0.0.2', '/nobody.sock')))).toContain(
        'host key verification failed: check the key, then connect once with ssh by hand and accept it',
      );
    });

    test('where no host is', async () => {
      expect(await reasonAt('ssh://10.0.0.9')).toContain('ssh://10.0.0.9: the host does not respond');
    });

    test('where no ssh server is', async () => {
      expect(await reasonAt('ssh://10.0.0.2:2222')).toContain('the host does not respond');
    });

    test('where no agent is', async () => {
      expect(await reasonAt('ssh://10.0.0.2/nowhere.sock')).toBe(
        'ssh://10.0.0.2/nowhere.sock: no agent could be reached there (/nowhere.sock: there is no such socket; is the agent running?)',
      );
    });

    test('where peerform is not installed', async () => {
      const peerform = join(network.path('bin'), 'peerform');
      const content = network.read('bin/peerform');
      spawnSync('rm', [peerform]);
      const reason = await reasonAt(endpoint('10.0.0.2', '/absent.sock'));
      writeFileSync(peerform, content, { mode: 0o755 });
      expect(reason).toContain('peerform is not installed there, or is not in the PATH of the login');
    });
  });

  test('leaves no ssh behind on either side when those who asked are gone', async () => {
    const marked = `${network.folder}/./n2.sock`;
    const probe = `const { AgentClient } = require(${JSON.stringify(join(MAIN, '../../control/client.js'))});
      new AgentClient(${JSON.stringify(endpoint('10.0.0.2', marked))}).status().then(({ node }) => console.log(node));`;
    const { status, stdout } = spawnSync(process.execPath, ['-e', probe], { encoding: 'utf8', env: process.env });
    expect([status, stdout]).toEqual([0, 'n2\n']);
    await eventually(() => expect(commands().filter((command) => command.includes(marked))).toEqual([]));
  });
});

/** The command lines of all processes; one that ends meanwhile has none. */
function commands(): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8')] : [];
    } catch {
      return [];
    }
  });
}
