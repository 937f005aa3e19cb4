import type { FabricSpec } from '../../lib/model/fabric';
import type { NodeSpec } from '../../lib/model/node';
import type { PeerSpec } from '../../lib/model/peer';
import { readFabric } from '../../lib/model/read';
import type { sessionOptions } from '../../lib/model/session-options';
import { changeOfSession } from '../../lib/node/change';
import { happened, isUp, NONE, sessionsOf, upIn } from './ends';
import { Fleet } from './fleet';

/** What is said of a session: of one with a neighbour outside, of one between two nodes. Absent: nothing. */
interface Said {
  /** The values that the field has one after another, from none and back to none. */
  readonly values: readonly unknown[];
  /** Of each change the same, or of one after another. */
  readonly outside?: string | readonly string[];
  readonly inside?: string | readonly string[];
}
const nothing = (...values: unknown[]): Said => ({ values });
const outside = (said: string, ...values: unknown[]): Said => ({ values, outside: said });
const inside = (said: string, ...values: unknown[]): Said => ({ values, inside: said });
const both = (said: string, ...values: unknown[]): Said => ({ values, outside: said, inside: said });

type Options = keyof typeof sessionOptions;

const bfdChanges = (moved: string) =>
  [
    'added with 3 x 300 ms',
    'strict false -> true',
    'strict true -> false, transmitInterval 300 -> 100, receiveInterval 300 -> 100',
    `${moved}passive false -> true, transmitInterval 100 -> 300, receiveInterval 100 -> 300`,
    'removed',
  ].map((words) => `retuned: BFD ${words}`);

/** What a peer says of a session, and what a change of it alone costs. */
const OPTIONS: Readonly<Record<Options, Said>> = {
  port: outside('removed: peers.tor', 1790),
  localAsNumber: both('reset: AS number', 65077, 65078),
  localAsPrepend: both('retuned: local AS in paths', 'import', 'both'),
  password: both('reset: password', 'env:ONE', 'env:TWO'),
  families: both('reset: families', ['ipv4', 'ipv6'], ['ipv6']),
  filters: { values: [['f'], ['g']], outside: 'retuned: import policy', inside: 'retuned: import policy' },
  nextHop: both('retuned: next hop', 'self', 'keep'),
  passive: nothing(true),
  multihop: outside('reset: hops', true),
  ttlSecurity: both('reset: TTL security', 1, 2),
  role: outside('reset: role', 'peer', 'provider'),
  maxPrefixes: both('retuned: prefix limit', 1000, 2000),
  maxPrefixesWarning: both('retuned: prefix limit', 50, 75),
  maxPrefixesRestart: both('retuned: prefix limit', 0, 60),
  maxRouteMemory: both('retuned: memory limit', 10, 20),
  allowOwnAs: both('retuned: allowed own AS', 1, 2),
  rejectAsSets: both('retuned: AS sets', true),
  addPath: both('reset: ADD-PATH', 'receive', 'both'),
  extendedNextHop: both('reset: extended next hop', true),
  holdTime: both('reset: hold time', 30, 60),
  keepaliveTime: nothing(5, 7),
  connectRetryTime: nothing(2, 9),
  restartTime: nothing(30, 60),
  bfd: {
    values: [{}, { strict: true }, { transmitInterval: 100, receiveInterval: 100 }, { multihop: true, passive: true }],
    outside: bfdChanges('multihop false -> true, minimumTtl 255 -> 1, '),
    inside: bfdChanges(''), // several hops already
  },
  adminDown: {
    values: ['maintenance'],
    outside: ['reset: admin-down', 'reset: no longer admin-down'],
    inside: ['reset: admin-down', 'reset: no longer admin-down'],
  },
  expect: nothing('down'),
};

/** The same of what a peer says of itself; these are of the one outside. */
const PEER: Readonly<Record<Exclude<keyof PeerSpec, Options>, Said>> = {
  node: nothing('n1'),
  nodeSelector: nothing("role == 'all'"),
  address: outside('removed: peers.tor', '10.0.9.8'),
  peerSelector: nothing(),
  prefix: nothing(),
  maxNeighbours: nothing(),
  reversePeering: nothing('mirror', 'manual'),
  localAddress: nothing('10.0.0.1'),
  asNumber: outside('reset: AS number', 65101, 65102),
  interface: nothing(), // see below
  peerType: nothing(),
  ...{ peerNode: nothing(), peerInterface: nothing() },
  reachableBy: nothing('10.0.0.254'),
};

/** And of the fabric. */
const FABRIC: Readonly<Record<Exclude<keyof FabricSpec, 'name' | 'nodes' | 'peers' | 'filters'>, Said>> = {
  edition: nothing(2),
  asNumber: { values: [67111, 67112], outside: 'retuned: AS number of the node', inside: 'reset: AS number' },
  nodeToNodeMesh: inside('removed: nodeToNodeMesh', false),
  meshPassword: inside('reset: password', 'env:ONE', 'env:TWO'),
  meshRestartTime: nothing(30, 60),
  meshBfd: {
    values: [{}, { detectMultiplier: 5, multihop: false }],
    inside: [
      'retuned: BFD added with 3 x 300 ms',
      'retuned: BFD multihop true -> false, minimumTtl 1 -> 255, detectMultiplier 3 -> 5',
      'retuned: BFD removed',
    ],
  },
  listenPort: inside('removed: nodeToNodeMesh', 1179),
  holdTime: both('reset: hold time', 30, 60),
  keepaliveTime: nothing(5, 7),
  connectRetryTime: nothing(2, 9),
  bindMode: nothing('nodeAddress'),
  gracefulRestart: nothing(false),
  restartTime: nothing(30, 60),
  multipath: nothing(2, 4),
  maxRouteMemory: nothing(100, 200),
  communities: nothing({ own: '64512:1' }),
  prefixAdvertisements: nothing([{ prefix: '10.9.0.0/16', communities: ['64512:1'] }]),
  ignoredInterfaces: nothing(['lo']),
  fleet: nothing({ etcd: ['e1'] }, { etcd: ['e1', 'e2:1234'], prefix: 'lab' }),
  logLevel: nothing('debug'),
  kernelTable: nothing(100),
  kernelMetric: nothing(100),
  racks: nothing({ other: { asNumber: 65010 } }),
  routeReflectors: inside('retuned: route reflection', { all: { reflectors: ['n1'] } }),
};

/** And of a node, n1. */
const NODE: Readonly<Record<keyof NodeSpec, Said>> = {
  endpoint: nothing('unix:///run/n1.sock'),
  ipv4Address: { values: ['10.0.1.1'], outside: 'removed: peers.tor', inside: 'removed: nodeToNodeMesh' },
  ipv6Address: nothing('fd00:1::1'),
  asNumber: { values: [65001, 65002], outside: 'retuned: AS number of the node', inside: 'reset: AS number' },
  routerId: both('reset: BGP identifier', '192.0.0.1', '192.0.0.2'),
  labels: nothing({ role: 'other' }),
  rack: { values: ['a'], outside: 'retuned: AS number of the node', inside: 'reset: AS number' },
  routeReflectorClusterId: inside('removed: nodeToNodeMesh', '1.1.1.1'),
  advertise: nothing([{ prefix: '10.9.0.0/16' }]),
  workloadInterfaces: nothing(['veth*']),
  workloadProtocols: nothing(['static']),
  workloadPrefixes: nothing(['10.9.0.0/16']),
  workloadTables: nothing([100]),
  kernelTable: nothing(100),
  kernelMetric: nothing(100),
  drain: nothing(false),
};

const BASE = {
  name: 'lab',
  nodes: {
    n1: { ipv4Address: '10.0.0.1', ipv6Address: 'fd00::1', labels: { role: 'all' } },
    n2: { ipv4Address: '10.0.0.2', ipv6Address: 'fd00::2', labels: { role: 'all' } },
  },
  racks: { a: { asNumber: 65020 } },
  filters: { f: { import: [{ action: 'accept' }] }, g: { import: [{ prefix: '10.0.0.0/8', action: 'accept' }] } },
} as const;
const TOR: PeerSpec = { address: '10.0.9.9', asNumber: 65100 };
const [OUTSIDE, INSIDE] = ['10.0.0.1 10.0.9.9 179', '10.0.0.1 10.0.0.2 179'];

/**
 * Goes from each fabric to the next: what is said of each session is what becomes of it, and of these it is what is
 * expected.
 */
function expectSaid(
  specs: readonly object[],
  expected: Readonly<Record<string, string | readonly string[] | undefined>>,
): void {
  const fabrics = specs.map((spec) => {
    const { fabric, problems } = readFabric(spec);
    expect(problems.map(String)).toEqual([]);
    return fabric!;
  });
  for (const [i, after] of fabrics.slice(1).entries()) {
    const before = fabrics[i];
    const fleet = new Fleet(before, after);
    const [old, now] = [sessionsOf(before), sessionsOf(after, before)];
    const up = upIn(fleet, old);
    fleet.deploy([['n1'], ['n2']]);
    for (const [id, was] of old) {
      const is = now.get(id) ?? NONE;
      const said = changeOfSession(was.ends, is.ends);
      const words = expected[id];
      if (id in expected)
        expect([i, id, said && `${said.change}: ${said.reason}`]).toEqual([
          ...[i, id],
          typeof words === 'object' ? words[i] : words,
        ]);
      if (!up.has(id) || said?.change === 'added' || said?.change === 'removed') continue;
      expect([i, id, happened(fleet, is.owned)]).toEqual([i, id, said?.change]);
      if (said?.change !== 'reset') for (const end of is.owned) expect(isUp(fleet, end)).toBe(true);
    }
  }
}

/** From none over these values and back to none; a field that is always there has its own value at both ends. */
const chain = (values: readonly unknown[]) => [undefined, ...values, undefined];
const cases = (table: Readonly<Record<string, Said>>) =>
  Object.entries(table).filter(([, { values }]) => values.length > 0);

describe('a change of one field alone costs what is said, and what it should', () => {
  test.each(cases(OPTIONS))('%s of a neighbour outside', (field, { values, outside: said }) => {
    const more = field === 'localAsPrepend' ? { localAsNumber: 65077 } : {};
    expectSaid(
      chain(values).map((value) => ({ ...BASE, peers: { tor: { ...TOR, ...more, [field]: value } } })),
      { [OUTSIDE]: said },
    );
  });

  test.each(cases(OPTIONS).filter(([field]) => field !== 'port' && field !== 'role'))(
    '%s of a peer that is a node',
    (field, { values, inside: said }) => {
      const more = field === 'localAsPrepend' ? { localAsNumber: 65077 } : {};
      const pair: PeerSpec = { node: 'n1', address: '10.0.0.2', asNumber: 64512, ...more };
      expectSaid(
        chain(values).map((value) => ({ ...BASE, peers: { pair: { ...pair, [field]: value } } })),
        { [INSIDE]: said },
      );
    },
  );

  test.each(cases(PEER))('%s of a peer outside', (field, { values, outside: said }) => {
    const base = field === 'localAddress' ? { ...TOR, node: 'n1' } : TOR;
    expectSaid(
      chain(values).map((value) => ({
        ...BASE,
        peers: { tor: { ...base, ...(value !== undefined && { [field]: value }) } },
      })),
      { [OUTSIDE]: said },
    );
  });

  test.each(cases(FABRIC))('%s of the fabric', (field, { values, ...said }) => {
    expectSaid(
      chain(values).map((value) => ({ ...BASE, peers: { tor: TOR }, ...(value !== undefined && { [field]: value }) })),
      { [OUTSIDE]: said.outside, [INSIDE]: said.inside },
    );
  });

  test.each(cases(NODE))('%s of a node', (field, { values, ...said }) => {
    const { n1, n2 } = BASE.nodes;
    expectSaid(
      chain(values).map((value) => ({
        ...BASE,
        peers: { tor: TOR },
        nodes: { n1: { ...n1, ...(value !== undefined && { [field]: value }) }, n2 },
      })),
      { [OUTSIDE]: said.outside, [INSIDE]: said.inside },
    );
  });
});

test('several fields are all named, unless the session is shut down or enabled', () => {
  const of = (more: PeerSpec) => ({ ...BASE, peers: { tor: { ...TOR, ...more } } });
  const many: PeerSpec = { holdTime: 30, role: 'peer', password: 'env:ONE', allowOwnAs: 1 };
  expectSaid([of({}), of(many), of({})], { [OUTSIDE]: 'reset: hold time, role, password' });
  const inPlace: PeerSpec = { maxPrefixes: 10, maxPrefixesRestart: 60, allowOwnAs: 1, bfd: {} };
  expectSaid([of({}), of(inPlace)], { [OUTSIDE]: 'retuned: prefix limit, allowed own AS, BFD added with 3 x 300 ms' });
  const down: PeerSpec = { ...many, adminDown: 'maintenance' };
  expectSaid([of({}), of(down), of({})], { [OUTSIDE]: ['reset: admin-down', 'reset: no longer admin-down'] });
  const cluster = { nodes: { ...BASE.nodes, n1: { ...BASE.nodes.n1, routeReflectorClusterId: '1.1.1.1' } } };
  const inner: PeerSpec = { node: 'n1', address: '10.0.9.9', asNumber: 64512 };
  expectSaid(
    [of(inner), { ...of({ ...inner, nextHop: 'self' }), ...cluster }].map((spec) => ({
      ...spec,
      nodeToNodeMesh: false,
    })),
    { [OUTSIDE]: 'retuned: route reflection, next hop, cluster ID' },
  );
});

test('the end that does not dial first resets where the two agree on something else by its change alone, and only there', () => {
  const [n1, n2]: PeerSpec[] = [
    { node: 'n1', address: '10.0.0.2', asNumber: 64512, reversePeering: 'manual' },
    { node: 'n2', address: '10.0.0.1', asNumber: 64512, reversePeering: 'manual' },
  ];
  const to = (holdTime: number) => ({ ...BASE, nodeToNodeMesh: false, peers: { n1: { ...n1, holdTime }, n2 } });
  for (const times of [
    [90, 30],
    [30, 60],
    [60, 120],
  ])
    expectSaid(times.map(to), { [INSIDE]: 'reset: hold time' });
  expectSaid([120, 150, 90].map(to), { [INSIDE]: undefined });
});
