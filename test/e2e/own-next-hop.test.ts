import { execFileSync } from 'node:child_process';
import type { FabricSpec } from '../../lib/model/fabric';
import type { Namespace } from '../kernel/namespace';
import { startFrr } from './support/frr';
import { eventually, LocalNetwork } from './support/network';

/**
 * The node's own addresses, on its loopback; cables with a /31 to three routers, of which only the first has IPv6 from
 * the start.
 */
const [OWN, OWN6] = ['10.255.0.1', 'fd00:255::1'];
const ROUTERS = ['bird', 'frr', 'gobgp'] as const;
type Router = (typeof ROUTERS)[number];
const here = (i: number) => `192.0.2.${2 * i + 1}`;
const there = (i: number) => `192.0.2.${2 * i}`;
const [here6, there6] = [(i: number) => `2001:db8:${i}::b`, (i: number) => `2001:db8:${i}::a`];

const fabric: FabricSpec = {
  name: 'host',
  asNumber: 65001,
  nodes: {
    n1: {
      ...{ ipv4Address: OWN, ipv6Address: OWN6 },
      advertise: [
        { prefix: `${OWN}/32`, blackhole: false },
        { prefix: `${OWN6}/128`, blackhole: false },
      ],
    },
  },
  peers: Object.fromEntries(
    ROUTERS.map((name, i) => [
      name,
      {
        ...{ node: 'n1', address: there(i), localAddress: here(i), asNumber: 65100, filters: ['all'] },
        families: ['ipv4', 'ipv6'] as ('ipv4' | 'ipv6')[],
        connectRetryTime: 1,
      },
    ]),
  ),
  filters: { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
};

const BIRD = `
router id ${there(0)};
protocol device {}
protocol kernel { ipv4 { import none; export all; }; }
protocol kernel { ipv6 { import none; export all; }; }
protocol bgp n1 {
  local ${there(0)} as 65100;
  neighbor ${here(0)} as 65001;
  direct;
  check link;
  ipv4 { import all; export none; };
  ipv6 { import all; export none; };
}
`;
const FRR = `
router bgp 65100
 bgp router-id ${there(1)}
 neighbor ${here(1)} remote-as 65001
 neighbor ${here(1)} timers connect 1
 address-family ipv4 unicast
  neighbor ${here(1)} prefix-list host1 in
  neighbor ${here(1)} prefix-list any out
 exit-address-family
 address-family ipv6 unicast
  neighbor ${here(1)} activate
  neighbor ${here(1)} prefix-list host1 in
 exit-address-family
exit
ip prefix-list host1 permit ${OWN}/32
ip prefix-list any permit 0.0.0.0/0 le 32
ipv6 prefix-list host1 permit ${OWN6}/128
`;
const GOBGP = `
[global.config]
  as = 65100
  router-id = "${there(2)}"
[[neighbors]]
  [neighbors.config]
    neighbor-address = "${here(2)}"
    peer-as = 65001
  [neighbors.timers.config]
    connect-retry = 1
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv6-unicast"
`;

let network: LocalNetwork;
let n1: Namespace;
const machines = {} as Record<Router, Namespace>;

beforeAll(async () => {
  network = new LocalNetwork([1, 2, 3, 4]);
  [n1, machines.bird, machines.frr, machines.gobgp] = network.machines;
  n1.ip(`address add ${OWN}/32 dev lo`);
  n1.ip(`address add ${OWN6}/128 dev lo`);
  for (const [i, name] of ROUTERS.entries()) {
    n1.ip(`link add up${i} type veth peer name cable netns ${machines[name].name}`);
    for (const [machine, device, address] of ends(i, here, there)) {
      machine.ip(`link set ${device} up`);
      machine.ip(`address add ${address}/31 dev ${device}`);
    }
  }
  addIpv6(0);
  network.bird(machines.bird, BIRD);
  await startFrr(network, machines.frr, FRR);
  const file = network.write('gobgpd.toml', GOBGP);
  network.start(machines.gobgp, ['gobgpd', '-f', file, '-p', '--api-hosts', '127.0.0.1:50051', '--pprof-disable']);
  network.agent(n1, 'n1', ['--fabric', network.write('fabric.json', fabric)]);
  await eventually(
    async () => expect((await sessions()).map(({ state }) => state)).toEqual(Array(3).fill('Established')),
    40,
  );
});
afterAll(() => network.remove());

const ends = (i: number, own: (i: number) => string, far: (i: number) => string) =>
  [
    [n1, `up${i}`, own(i)],
    [machines[ROUTERS[i]], 'cable', far(i)],
  ] as const;
const addIpv6 = (i: number) => {
  for (const [machine, device, address] of ends(i, here6, there6))
    machine.ip(`address add ${address}/127 dev ${device} nodad`);
};

const sessions = async () => (await network.client('n1').status()).sessions;
/** What a router's kernel does with packets to the node. */
const wayFrom = (router: Router, to: string) => {
  try {
    return machines[router].ip(`route get ${to}`);
  } catch {
    return 'unreachable';
  }
};
const answers = (router: Router, to: string) =>
  execFileSync('ip', ['netns', 'exec', machines[router].name, 'ping', '-c', '1', '-W', '5', to], { encoding: 'utf8' });
/** Next hop of the best path in GoBGP, which writes no kernel routes here. */
const gobgp = (family: 'ipv4' | 'ipv6', prefix: string): string[] => {
  const command = ['gobgp', '-j', 'global', 'rib', '-a', family];
  const table = JSON.parse(
    execFileSync('ip', ['netns', 'exec', machines.gobgp.name, ...command], { encoding: 'utf8' }),
  ) as Record<string, { best?: boolean; attrs: { type: number; nexthop?: string }[] }[]>;
  return (table[prefix] ?? []).flatMap(({ attrs }) =>
    attrs.flatMap(({ type, nexthop }) => ((type === 3 || type === 14) && nexthop ? [nexthop] : [])),
  );
};

test('routers on the links use the routes of a node whose own address is a loopback', async () => {
  for (const [i, router] of (['bird', 'frr'] as const).entries()) {
    await eventually(() => expect(wayFrom(router, OWN)).toContain(`via ${here(i)} dev cable`));
    answers(router, OWN);
  }
  await eventually(() => expect(gobgp('ipv4', `${OWN}/32`)).toEqual([here(2)]));
});

test('IPv6 routes on a session over IPv4 go by the IPv6 address of the link, and where there is none the reason is told', async () => {
  await eventually(() => expect(wayFrom('bird', OWN6)).toMatch(/via (2001:db8:0::b|2001:db8::b|fe80::\S+) dev cable/));
  answers('bird', OWN6);
  const withheld = (await sessions()).map(({ routes }) => routes.ipv6?.withheld);
  expect(withheld).toEqual([
    undefined,
    'up1, which has 192.0.2.3, has no IPv6 address for it',
    'up2, which has 192.0.2.5, has no IPv6 address for it',
  ]);
  expect((await sessions()).map(({ routes }) => routes.ipv6?.advertised)).toEqual([1, 0, 0]);
  expect(wayFrom('frr', OWN6)).not.toContain('dev cable');
});

test('an address that the link gets is told at once, and one that it loses no longer, without a reset', async () => {
  const before = await sessions();
  for (const i of [1, 2]) addIpv6(i);
  await eventually(() => expect(wayFrom('frr', OWN6)).toMatch(/via (2001:db8:1::b|fe80::\S+) dev cable/));
  answers('frr', OWN6);
  await eventually(() => expect(gobgp('ipv6', `${OWN6}/128`)).toEqual([here6(2)]));
  n1.ip(`address del ${here6(1)}/127 dev up1`);
  await eventually(() => expect(wayFrom('frr', OWN6)).not.toContain('dev cable'));
  const after = await sessions();
  expect(after.map(({ routes }) => routes.ipv6?.advertised)).toEqual([1, 0, 1]);
  // Told as so long before now, with the rounding of two clocks.
  const moved = after.map(({ since }, i) => Math.abs(Date.parse(since) - Date.parse(before[i].since)));
  expect(moved.filter((ms) => ms > 100)).toEqual([]);
});
