import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FabricSpec } from '../../lib/model/fabric';
import type { Namespace } from '../kernel/namespace';
import { namesAsked } from '../names-asked';
import { eventually, LocalNetwork, type Process } from './support/network';

const all = { import: [{ action: 'accept' as const }], export: [{ action: 'accept' as const }] };
const fabric: FabricSpec = {
  name: 'file',
  asNumber: 67111,
  nodes: {
    n1: { ipv4Address: '10.0.0.1', ipv6Address: 'fd00::1' },
    n2: { ipv4Address: '10.0.0.2', ipv6Address: 'fd00::2', endpoint: 'unix:///n2.sock' },
  },
  peers: {
    tor: { address: '10.0.0.254', asNumber: 65000, filters: ['all'] },
    tor6: { address: 'fd00::254', asNumber: 65000, filters: ['all'] },
  },
  filters: { all },
};
const BIRD = `
router id 10.0.0.254;
protocol device {}
protocol static { ipv4; route 203.0.113.0/24 blackhole; }
protocol static { ipv6; route 2001:db8:ffff::/48 blackhole; }
protocol kernel { ipv4 { export all; import none; }; }
protocol kernel { ipv6 { export all; import none; }; }
template bgp neighbour { local as 65000; graceful restart on; }
protocol bgp n1v4 from neighbour { neighbor 10.0.0.1 as 67111; ipv4 { import all; export all; }; }
protocol bgp n2v4 from neighbour { neighbor 10.0.0.2 as 67111; ipv4 { import all; export all; }; }
protocol bgp n1v6 from neighbour { neighbor fd00::1 as 67111; ipv6 { import all; export all; }; }
protocol bgp n2v6 from neighbour { neighbor fd00::2 as 67111; ipv6 { import all; export all; }; }
`;

/** A process that holds a port until it is killed. */
const SQUAT = (port: number, address: string) => [
  ...[process.execPath, '-e'],
  `require('net').createServer().listen(${port}, '${address}', () => console.log('up'))`,
];

describe('agents that run from a fabric file, with BIRD as top-of-rack', () => {
  let network: LocalNetwork;
  let n1: Namespace;
  let n2: Namespace;
  let tor: Namespace;
  let agents: Process[];
  let file: string;
  let squatter: Process;
  beforeAll(async () => {
    network = new LocalNetwork([1, 2, 254]);
    [n1, n2, tor] = network.machines;
    n1.pair('cali1');
    n2.ip('route add 198.51.100.0/24 via 10.0.0.254 metric 200 proto static'); // somebody else's, at our metric
    file = network.write('fabric.json', fabric);
    network.bird(tor, BIRD);
    squatter = network.start(n1, SQUAT(9179, '::1')); // as any user of the machine may
    await eventually(() => expect(squatter.text).toContain('up'));
    agents = [
      network.agent(n1, 'n1', ['--fabric', file, '--metrics', '[::1]:9179', '--record', network.path('run')]),
      network.agent(n2, 'n2', ['--fabric', file]),
    ];
    await eventually(async () => {
      for (const node of ['n1', 'n2']) {
        const { sessions } = await network.client(node).status();
        expect(sessions.map(({ state, remoteAddress }) => `${remoteAddress} ${state}`).sort()).toEqual(
          ['10.0.0.254', `10.0.0.${node === 'n1' ? 2 : 1}`, 'fd00::254', `fd00::${node === 'n1' ? 2 : 1}`]
            .map((address) => `${address} Established`)
            .sort(),
        );
      }
    });
  });
  afterAll(() => network.remove());

  test('know where the file says that agents are reached', async () => {
    expect(await network.client('n1').endpoints()).toEqual({ n2: 'unix:///n2.sock' });
  });

  test('put what BIRD announces into the kernel, both families', async () => {
    await eventually(() => {
      expect(n2.routes('203.0.113.0/24')).toEqual(['203.0.113.0/24 via 10.0.0.254 dev eth0 proto 114 metric 200']);
      expect(n2.routes('2001:db8:ffff::/48', 6)).toEqual([
        '2001:db8:ffff::/48 via fd00::254 dev eth0 proto 114 metric 200',
      ]);
    });
  });

  test("carry a workload's route to the other node's kernel and to BIRD, and take it away with the workload", async () => {
    n1.ip('route add 10.65.0.1/32 dev cali1');
    n1.ip('-6 route add fd65::1/128 dev cali1');
    await eventually(() => {
      expect(n2.routes('10.65.0.1')).toEqual(['10.65.0.1 via 10.0.0.1 dev eth0 proto 114 metric 200']);
      expect(n2.routes('fd65::1', 6)).toEqual(['fd65::1 via fd00::1 dev eth0 proto 114 metric 200']);
      expect(tor.routes('10.65.0.1')).toEqual(['10.65.0.1 via 10.0.0.1 dev eth0 proto bird metric 32']);
      expect(tor.routes('fd65::1', 6)).toEqual(['fd65::1 via fd00::1 dev eth0 proto bird metric 32']);
    });
    n1.ip('route del 10.65.0.1/32 dev cali1');
    n1.ip('-6 route del fd65::1/128 dev cali1');
    await eventually(() => {
      for (const machine of [n2, tor])
        expect([machine.routes('10.65.0.1'), machine.routes('fd65::1', 6)]).toEqual([[], []]);
    });
  });

  test("withdraw BIRD's route when BIRD does, and never touch a foreign route", async () => {
    network.birdc(tor, 'disable static1');
    await eventually(() => expect(n1.routes('203.0.113.0/24')).toEqual([]));
    network.birdc(tor, 'enable static1');
    await eventually(() => expect(n1.routes('203.0.113.0/24').length).toBe(1));
    expect(n2.routes('198.51.100.0/24')).toEqual(['198.51.100.0/24 via 10.0.0.254 dev eth0 proto static metric 200']);
  });

  test('tell Prometheus their numbers, as soon as nobody else has the address', async () => {
    expect(agents[0].text).toMatch(/warn .*metrics are not served at \[::1\]:9179 yet: .*EADDRINUSE/);
    await squatter.kill('SIGKILL');
    await eventually(() => expect(agents[0].text).toContain('metrics are served at [::1]:9179 now'));
    const curl = network.start(n1, [
      process.execPath,
      '-e',
      "fetch('http://[::1]:9179/metrics').then(async (r) => console.log(await r.text()))",
    ]);
    expect(await curl.ended).toBe(0);
    expect(curl.text).toContain('peerform_sessions{state="Established"} 4');
    expect(curl.text).toContain('peerform_routes_accepted{family="ipv6"} 2');
    expect(curl.text).toContain('peerform_kernel_routes_installed 2');
    expect(curl.text).toMatch(/^peerform_session_state\{.*remote_address="10\.0\.0\.254",.*name="tor"\} 6$/m);
    expect(curl.text).toMatch(/^peerform_session_updates_total\{.*name="tor6",direction="received"\} [1-9]/m);
    const served = new Set([...curl.text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    expect(namesAsked().filter((name) => !served.has(name))).toEqual([]); // by alerts and dashboard
    const before = JSON.parse(readFileSync(join(__dirname, '../fixtures/metrics/names-0.1.json'), 'utf8')) as string[];
    expect(before.filter((name) => !served.has(name))).toEqual([]); // by users
  });

  test('leave their routes in the kernel when they are killed, and take them over when they are back', async () => {
    await agents[0].kill('SIGKILL');
    expect(n1.routes('203.0.113.0/24').length).toBe(1);
    agents[0] = network.agent(n1, 'n1', ['--fabric', file]);
    await eventually(async () => {
      const { sessions, kernel } = await network.client('n1').status();
      expect(sessions.map(({ state }) => state)).toEqual(['Established', 'Established', 'Established', 'Established']);
      expect(kernel).toMatchObject({ wanted: 2, installed: 2, failed: [] });
    });
    expect(agents[0].text).toContain('taking over 2 kernel routes');
    expect(n1.routes('203.0.113.0/24').length).toBe(1);
  });

  test('leave a recording that replays to the same effects', async () => {
    const replay = network.start(n1, [
      process.execPath,
      join(__dirname, '../../dist/cli/main.js'),
      'replay',
      network.path('run'),
    ]);
    expect([await replay.ended, replay.text]).toEqual([0, expect.stringMatching(/run: \d+ inputs/)]);
  });

  test('refuse a release, since the file is the truth', async () => {
    const command = { node: 'n1', owner: 'alice', release: 'sha256:0', activation: 9 };
    await expect(network.client('n1').send('confirm', command)).rejects.toThrow('runs from a file');
  });

  test('let nobody else in: a second agent says who is there, in one line, and its exit code tells', async () => {
    const second = network.agent(n1, 'n1', ['--fabric', file, '--socket', network.path('other.sock')]);
    expect(await second.ended).toBe(6);
    expect(second.text).toMatch(/error .*agent with process id \d+ is already running here/);
  });
});

describe('an agent that cannot run', () => {
  let network: LocalNetwork;
  let n1: Namespace;
  let file: string;
  beforeAll(() => {
    network = new LocalNetwork([1]);
    [n1] = network.machines;
    file = network.write('fabric.json', fabric);
    n1.ip('route add 203.0.113.9/32 via 10.0.0.254 metric 200 proto 114'); // of the run before
  });
  afterAll(() => network.remove());
  const lastLine = (process: Process) => process.text.trim().split('\n').at(-1);

  test('for the BGP port is taken, says so and exits with 4', async () => {
    const other = network.start(n1, SQUAT(179, '0.0.0.0'));
    await eventually(() => expect(other.text).toContain('up'));
    const agent = network.agent(n1, 'n1', ['--fabric', file]);
    expect(await agent.ended).toBe(4);
    expect(lastLine(agent)).toContain('port 179 is already in use');
    await other.kill('SIGKILL');
  });

  test('for NET_ADMIN is missing, says so and exits with 5', async () => {
    const agent = network.agent(
      n1,
      'n1',
      ['--fabric', file],
      ['setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin'],
    );
    expect(await agent.ended).toBe(5);
    expect(lastLine(agent)).toContain('CAP_NET_ADMIN');
  });

  test.each([
    ['there is no such file', 'absent.json', undefined, 'does not exist'],
    ['the file is no JSON', 'broken.json', '{', 'is not valid JSON'],
    ['the file has problems', 'bad.json', { ...fabric, asNumber: 0 }, 'asNumber: AS number 0 is out of range'],
    [
      'the file has not this node',
      'other.json',
      { name: 'x', nodes: { n9: { ipv4Address: '10.0.0.9' } } },
      'has no node n1; it has n9',
    ],
  ])('for %s, says so and exits with 2 before it takes anything over', async (_, name, content, message) => {
    const path = content === undefined ? network.path(name) : network.write(name, content);
    const agent = network.agent(n1, 'n1', ['--fabric', path]);
    expect(await agent.ended).toBe(2);
    expect(lastLine(agent)).toContain(message);
    expect(agent.text).not.toContain('taking over');
  });

  test('for --metrics is no address and port, says so and exits with 2', async () => {
    const agent = network.agent(n1, 'n1', ['--fabric', file, '--metrics', '9179']);
    expect(await agent.ended).toBe(2);
    expect(agent.text).toContain('write an address and a port, such as 127.0.0.1:9179');
  });

  test('for a file is where its socket would be, says so and exits with a code after which it is started again', async () => {
    const agent = network.agent(n1, 'n1', ['--fabric', file, '--socket', network.write('notes', 'precious')]);
    expect(await agent.ended).toBe(6);
    expect(lastLine(agent)).toContain('is not a socket and is left alone');
    expect(agent.text).toContain('taking over 1 kernel routes');
  });
});
