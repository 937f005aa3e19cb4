import type { FabricSpec } from '../../lib/model/fabric';
import { Namespace } from '../kernel/namespace';
import { eventually, LocalNetwork, type Process } from './support/network';

/** Agents whose next hops lie behind routers and other routes, beside BIRD: routes come and stay. */
let network: LocalNetwork;
let machines: Namespace[];

const machine = (): Namespace => {
  const made = Namespace.make();
  machines.push(made);
  return made;
};

/** A link between two machines, with an address at each end. */
function link(a: Namespace, b: Namespace, name: string, ...ends: readonly (readonly [string, string])[]): void {
  a.ip(`link add ${name} type veth peer name ${name} netns ${b.name}`);
  for (const [one, other] of ends) {
    a.ip(`addr add ${one} dev ${name}${one.includes(':') ? ' nodad' : ''}`);
    b.ip(`addr add ${other} dev ${name}${other.includes(':') ? ' nodad' : ''}`);
  }
  a.ip(`link set ${name} up`);
  b.ip(`link set ${name} up`);
}

const forward = (on: Namespace) =>
  network.start(on, [
    'sh',
    '-c',
    'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding',
  ]);

/** Lines of `ip monitor` about routes of ours to a prefix since it was started. */
function listen(on: Namespace): { events: (prefix: string) => string[]; process: Process } {
  const process = network.start(on, ['ip', 'monitor', 'route']);
  return {
    process,
    events: (prefix) =>
      process.text.split('\n').filter((line) => line.includes(`${prefix} `) && line.includes('proto 114')),
  };
}

/** Looks many times whether each of these is there: answers how often it was not. */
async function missing(on: Namespace, prefixes: readonly string[], family: 4 | 6 = 4): Promise<number> {
  let count = 0;
  for (let sample = 0; sample < 40; sample++) {
    const lines = on.routes('proto 114', family);
    for (const prefix of prefixes) if (!lines.some((line) => line.startsWith(`${prefix} `))) count++;
    await new Promise((turn) => setTimeout(turn, 100));
  }
  return count;
}

beforeEach(() => {
  network = new LocalNetwork([]);
  machines = [];
});
afterEach(async () => {
  await network.remove();
  for (const one of machines) one.remove();
});

test('two nodes in two subnets behind a router, one of which advertises its own subnet', async () => {
  const [n1, n2, router] = [machine(), machine(), machine()];
  link(n1, router, 'e1', ['10.1.0.2/24', '10.1.0.1/24'], ['fd01::2/64', 'fd01::1/64']);
  link(n2, router, 'e2', ['10.2.0.2/24', '10.2.0.1/24'], ['fd02::2/64', 'fd02::1/64']);
  forward(router);
  for (const [node, n] of [
    [n1, 1],
    [n2, 2],
  ] as const) {
    node.ip(`route add default via 10.${n}.0.1`);
    node.ip(`-6 route add default via fd0${n}::1`);
  }
  const fabric: FabricSpec = {
    name: 'two-subnets',
    asNumber: 64512,
    connectRetryTime: 1,
    nodes: {
      n1: { ipv4Address: '10.1.0.2', ipv6Address: 'fd01::2' },
      n2: {
        ipv4Address: '10.2.0.2',
        ipv6Address: 'fd02::2',
        advertise: [
          { prefix: '10.2.0.0/16', blackhole: false },
          { prefix: 'fd02::/32', blackhole: false },
        ],
      },
    },
  };
  const file = network.write('fabric.json', fabric);
  const heard = listen(n1);
  network.agent(n1, 'n1', ['--fabric', file]);
  network.agent(n2, 'n2', ['--fabric', file]);
  await eventually(() => {
    expect(n1.routes('proto 114')).toEqual(['10.2.0.0/16 via 10.1.0.1 dev e1 metric 200']);
    expect(n1.routes('proto 114', 6)).toEqual(['fd02::/32 via fd01::1 dev e1 metric 200']);
  }, 30);
  expect([await missing(n1, ['10.2.0.0/16']), await missing(n1, ['fd02::/32'], 6)]).toEqual([0, 0]);
  expect([heard.events('10.2.0.0/16').length, heard.events('fd02::/32').length]).toEqual([1, 1]);
});

const PEER = (source: string, family: string, routes: string) => `
protocol static s${family} { ${family}; ${routes} }
protocol bgp b${family} {
  local ${source} as 65000; neighbor ${family === 'ipv4' ? '10.1.0.2' : 'fd01::2'} as 64512; multihop 4;
  ${family} { import all; export where proto = "s${family}"; next hop self; };
}`;

test('a multihop neighbour that announces its own address, and the subnet of the link to the router', async () => {
  const [n1, far] = [machine(), machine()];
  link(n1, far, 'e1', ['10.1.0.2/24', '10.1.0.1/24'], ['fd01::2/64', 'fd01::1/64']);
  far.ip('addr add 192.0.2.2/32 dev lo');
  far.ip('addr add 2001:db8:2::2/128 dev lo');
  n1.ip('route add default via 10.1.0.1');
  n1.ip('-6 route add default via fd01::1');
  const v4 = 'route 192.0.2.2/32 blackhole; route 192.0.2.0/24 blackhole; route 203.0.113.0/24 blackhole;';
  const v6 = 'route 2001:db8:2::2/128 blackhole; route 2001:db8:3::/48 blackhole;';
  network.bird(
    far,
    `router id 192.0.2.2;\nprotocol device {}\n${PEER('192.0.2.2', 'ipv4', v4)}\n${PEER('2001:db8:2::2', 'ipv6', v6)}`,
  );
  const accept = { multihop: true, asNumber: 65000, filters: ['all'] };
  const fabric: FabricSpec = {
    name: 'far',
    asNumber: 64512,
    connectRetryTime: 1,
    nodes: { n1: { ipv4Address: '10.1.0.2', ipv6Address: 'fd01::2' } },
    peers: { far4: { address: '192.0.2.2', ...accept }, far6: { address: '2001:db8:2::2', ...accept } },
    filters: { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
  };
  const heard = listen(n1);
  const all4 = ['192.0.2.2', '192.0.2.0/24', '203.0.113.0/24'];
  const all6 = ['2001:db8:2::2', '2001:db8:3::/48'];
  network.agent(n1, 'n1', ['--fabric', network.write('fabric.json', fabric)]);
  await eventually(() => {
    expect(n1.routes('proto 114').length).toBe(3);
    expect(n1.routes('proto 114', 6).length).toBe(2);
  }, 30);
  expect([await missing(n1, all4), await missing(n1, all6, 6)]).toEqual([0, 0]);
  expect([...all4, ...all6].map((prefix) => heard.events(prefix).length)).toEqual([1, 1, 1, 1, 1]);
  // The other way round: with the default route goes all that leads to the neighbour but itself.
  n1.ip('route del default');
  await eventually(() => expect(n1.routes('proto 114')).toEqual([]));
});

test.each([
  ['on', true],
  ['off', false],
])(
  'nodes with loopback addresses, the mesh %s, and each loopback advertised to two top-of-rack switches',
  async (_, hasMesh) => {
    const [a, b, t1, t2] = [machine(), machine(), machine(), machine()];
    const nodes = [a, b] as const;
    const racks = [t1, t2] as const;
    const NAMES = ['a', 'b'];
    const net = (n: number, r: number) => 10 + 2 * n + r;
    for (const [n, node] of nodes.entries()) {
      node.ip(`addr add 10.255.0.${n + 1}/32 dev lo`);
      for (const [r, rack] of racks.entries())
        link(node, rack, `n${n}t${r}`, [`10.0.${net(n, r)}.1/31`, `10.0.${net(n, r)}.0/31`]);
      forward(node);
    }
    for (const [r, rack] of racks.entries()) {
      forward(rack);
      const sessions = nodes.map(
        (_, n) => `
protocol bgp n${n} { local as ${65001 + r}; neighbor 10.0.${net(n, r)}.1 as 64512; allow local as 1; ipv4 { import all; export all; }; }`,
      );
      network.bird(
        rack,
        `router id 10.0.0.${r + 1};\nprotocol device {}\nprotocol kernel { ipv4 { export all; }; }\n${sessions.join('')}`,
      );
    }
    const tor = (n: number, r: number) => ({
      node: NAMES[n],
      address: `10.0.${net(n, r)}.0`,
      localAddress: `10.0.${net(n, r)}.1`,
      asNumber: 65001 + r,
      allowOwnAs: 1,
      filters: ['all'],
    });
    const fabric: FabricSpec = {
      name: 'loopbacks',
      asNumber: 64512,
      nodeToNodeMesh: hasMesh,
      connectRetryTime: 1,
      nodes: Object.fromEntries(
        NAMES.map((name, n) => [
          name,
          {
            ipv4Address: `10.255.0.${n + 1}`,
            advertise: [{ prefix: `10.255.0.${n + 1}/32`, blackhole: false }, { prefix: `10.64.${n}.0/26` }],
          },
        ]),
      ),
      peers: { a0: tor(0, 0), a1: tor(0, 1), b0: tor(1, 0), b1: tor(1, 1) },
      filters: { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
    };
    const file = network.write('fabric.json', fabric);
    const heard = listen(a);
    network.agent(a, 'a', ['--fabric', file]);
    network.agent(b, 'b', ['--fabric', file]);
    const mesh = async () => {
      const { sessions } = await network.client('a').status();
      return sessions.find(({ remoteAddress }) => remoteAddress === '10.255.0.2')?.state;
    };
    await eventually(async () => expect(await mesh()).toBe(hasMesh ? 'Established' : undefined), 60);
    await eventually(() => expect(a.routes('10.64.1.0/26').length).toBe(1), 60);
    // What came while the sessions came up has come.
    await new Promise((turn) => setTimeout(turn, 2000));
    const before = heard.process.text.length;
    expect(await missing(a, ['10.255.0.2', '10.64.1.0/26'])).toBe(0);
    expect(
      heard.process.text
        .slice(before)
        .split('\n')
        .filter((line) => line.includes('proto 114')),
    ).toEqual([]);
    // One of the two ways goes; the node beyond is reached over the other, and the session with it stays.
    const [used] = /n0t[01]/.exec(a.routes('10.255.0.2').join()) ?? [];
    const lost = network.start(a, ['ping', '-q', '-i', '0.05', '-c', '100', '-I', '10.255.0.1', '10.255.0.2']);
    await new Promise((turn) => setTimeout(turn, 1000));
    const atLoss = heard.process.text.length;
    a.ip(`link set ${used} down`);
    await lost.ended;
    expect(await mesh()).toBe(hasMesh ? 'Established' : undefined);
    expect(await missing(a, ['10.255.0.2', '10.64.1.0/26'])).toBe(0);
    // Each route is written once, the other way, with the mesh as without it.
    const after = heard.process.text.slice(atLoss).split('\n');
    for (const prefix of ['10.255.0.2', '10.64.1.0/26'])
      expect(
        after.filter((line) => line.startsWith(`${prefix} `) || line.startsWith(`Deleted ${prefix} `)),
      ).toHaveLength(1);
    process.stdout.write(`${/\d+ packets transmitted, \d+ received/.exec(lost.text)}\n`);
  },
);
