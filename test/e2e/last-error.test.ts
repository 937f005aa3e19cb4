import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FabricSpec } from '../../lib/model/fabric';
import type { Namespace } from '../kernel/namespace';
import { eventually, LocalNetwork, type Process } from './support/network';

const MAIN = join(__dirname, '../../dist/cli/main.js');

describe('an agent among BIRDs of which each is wrong in its way', () => {
  let network: LocalNetwork;
  let n1: Namespace;
  let otherAs: Namespace;
  let twin: Namespace;
  let agent: Process;
  beforeAll(async () => {
    network = new LocalNetwork([1, 2, 3, 4]);
    const [first, second, otherKey, late] = network.machines;
    [n1, otherAs, twin] = [first, second, late];
    const all = { import: [{ action: 'accept' as const }], export: [{ action: 'accept' as const }] };
    const peer = { asNumber: 65000, filters: ['all'] };
    writeFileSync(network.path('known.key'), 'known', { mode: 0o600 });
    const fabric: FabricSpec = {
      name: 'wrong',
      asNumber: 67111,
      connectRetryTime: 2,
      nodes: { n1: { ipv4Address: '10.0.0.1', ipv6Address: 'fd00::1' } },
      peers: {
        'other-as': { ...peer, address: '10.0.0.2' },
        'other-key': { ...peer, address: '10.0.0.3', password: `file:${network.path('known.key')}` },
        late: { ...peer, address: '10.0.0.4', password: `file:${network.path('late.key')}` },
        six: { ...peer, address: 'fd00::2' },
      },
      filters: { all },
    };
    const bird = (machine: Namespace, protocols: string) =>
      network.bird(
        machine,
        `router id ${machine === otherAs ? '10.0.0.2' : machine === otherKey ? '10.0.0.3' : '10.0.0.4'};
protocol device {}
${protocols}`,
      );
    const to = (neighbour: string, family: string, more = '') =>
      `{ neighbor ${neighbour} as 67111; connect delay time 1; connect retry time 2; ${more} ${family} { import all; export none; }; }`;
    bird(
      otherAs,
      `protocol bgp four ${to('10.0.0.1', 'ipv4', 'local as 65099;')}
protocol bgp six ${to('fd00::1', 'ipv6', 'local as 65000;')}`,
    );
    bird(otherKey, `protocol bgp four ${to('10.0.0.1', 'ipv4', 'local as 65000; password "another";')}`);
    bird(late, `protocol bgp four ${to('10.0.0.1', 'ipv4', 'local as 65000; password "late";')}`);
    agent = network.agent(n1, 'n1', ['--fabric', network.write('fabric.json', fabric)]);
    await eventually(async () => expect(await session('fd00::2')).toMatchObject({ state: 'Established' }));
  });
  afterAll(() => network.remove());

  const session = async (remote: string) =>
    (await network.client('n1').status()).sessions.find(({ remoteAddress }) => remoteAddress === remote);
  const says = (remote: string, text: string, seconds?: number) =>
    eventually(async () => expect((await session(remote))?.lastError?.text).toContain(text), seconds);

  /** Once, in the journal and in the history of events. */
  const wasTold = (what: RegExp) =>
    eventually(async () => {
      const events = (await network.client('n1').events(0)).filter(
        ({ kind, message }) => kind === 'session' && what.test(message),
      );
      expect([events.length, agent.text.split('\n').filter((line) => what.test(line)).length]).toEqual([1, 1]);
    });

  test('says that the AS number is another one, while BIRD keeps its connections away for that', async () => {
    const text = 'sent: OPEN Message Error: Bad Peer AS (it is in AS 65099, not 65000)';
    await says('10.0.0.2', text);
    // The next attempt finds a BIRD that waits.
    await eventually(() => expect(agent.text).toMatch(/10\.0\.0\.2: the (connection was closed|neighbour reset)/));
    expect((await session('10.0.0.2'))?.lastError?.text).toBe(text);
  });

  test('says beside it that a key may differ, when that BIRD gets the right AS number and a password at once', async () => {
    const configuration = network.read(`${otherAs.name}.conf`);
    network.write(
      `${otherAs.name}.conf`,
      configuration.replace('local as 65099;', 'local as 65000; password "unknown here";'),
    );
    network.birdc(otherAs, 'configure');
    await says('10.0.0.2', 'Bad Peer AS (it is in AS 65099, not 65000); now: signed packets arrive', 60);
  });

  test('says that the key may differ, as the kernel counts it', async () => {
    await says('10.0.0.3', 'local: packets signed with another key arrive');
    await wasTold(/10\.0\.0\.3: packets signed with another key arrive/);
  });

  test('keeps a session down whose secret is missing, and takes the secret up when it comes, with no signal', async () => {
    expect(await session('10.0.0.4')).toMatchObject({ state: 'Idle', down: expect.stringContaining('late.key') });
    writeFileSync(network.path('late.key'), 'late', { mode: 0o600 });
    await eventually(async () => expect(await session('10.0.0.4')).toMatchObject({ state: 'Established' }));
    expect(agent.text).toContain('it was missing');
  });

  test('says that its own address is gone, and that another machine has it', async () => {
    n1.ip('addr del fd00::1/64 dev eth0');
    await says('fd00::2', 'local: no interface of this machine has fd00::1');
    await wasTold(/fd00::2: no interface of this machine has fd00::1/);
    twin.ip('addr add fd00::1/64 dev eth0 nodad');
    n1.run('sysctl', '-qw', 'net.ipv6.conf.eth0.accept_dad=1');
    n1.ip('addr add fd00::1/64 dev eth0');
    await says('fd00::2', 'local: another machine on the link has fd00::1 on eth0, too');
    twin.ip('addr del fd00::1/64 dev eth0');
    n1.ip('addr del fd00::1/64 dev eth0');
    n1.ip('addr add fd00::1/64 dev eth0 nodad');
    // The neighbour has still to find out that the twin no longer has the address.
    await eventually(async () => expect(await session('fd00::2')).toMatchObject({ state: 'Established' }), 75);
  });

  test('is found by a probe', async () => {
    const status = (...options: string[]) =>
      network.start(n1, [process.execPath, MAIN, 'status', '--via', `unix://${network.path('n1.sock')}`, ...options]);
    const [plain, checked] = [status(), status('--check')];
    expect([await plain.ended, await checked.ended]).toEqual([0, 1]);
    expect(plain.text).toContain('2 of 4 sessions down');
  });

  test('is reached again when the file of its socket was taken away', async () => {
    rmSync(network.path('n1.sock'));
    await eventually(async () => expect((await network.client('n1').status()).node).toBe('n1'));
    expect(agent.text).toContain('was removed: listening on it again');
  });
});
