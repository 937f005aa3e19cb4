import fc from 'fast-check';
import { toCanonical } from '../../lib/bgp/rib/table/canonical';
import { type PathAttributes, SEGMENT } from '../../lib/bgp/wire/path-attributes';
import type { Fabric } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import type { KeptLocalAs } from '../../lib/node/local-as';
import { routeChangesOf } from '../../lib/preview/route-changes';
import { describeRefusal, keepingOf } from '../../lib/preview/route-words';
import type { OutsideRoutes, SentRoutes, SentSet } from '../../lib/topology/outside-routes';
import { share } from '../breadth';

const NODES = { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' }, n3: { ipv4Address: '10.0.0.3' } };
const RACK = '10.0.0.250';
const EXIT = '10.0.0.251';

function fabricOf(more: object): Fabric {
  const { fabric, problems } = readFabric({ name: 'lab', asNumber: 64512, nodes: NODES, ...more });
  if (!fabric) throw new Error(problems.join('; '));
  return fabric;
}

const setOf = (prefixes: string[], nextHop: string, more: Partial<PathAttributes> = {}): SentSet => ({
  attributes: Buffer.from(
    toCanonical({ origin: 0, asPath: [{ type: SEGMENT.sequence, members: [65001] }], ...more }),
  ).toString('hex'),
  nextHop,
  prefixes,
});
const sentOf = (...sets: SentSet[]): SentRoutes => ({
  received: sets.reduce((sum, { prefixes }) => sum + prefixes.length, 0),
  sets,
});

/** n1 hears these from a rack switch, and perhaps n2 others from an exit. */
function heard(rack: SentRoutes, exit?: SentRoutes): OutsideRoutes {
  const session = (node: string, local: string, remote: string, routes: string) => ({
    ...{ node, localAddress: local, remoteAddress: remote, routerId: 0x01010101, routes },
  });
  return {
    sessions: [session('n1', '10.0.0.1', RACK, 'rack'), ...(exit ? [session('n2', '10.0.0.2', EXIT, 'exit')] : [])],
    routes: { rack, ...(exit && { exit }) },
    unknown: {},
  };
}

const ALL = { import: [{ action: 'accept' }], export: [{ action: 'accept' }] };
const rack = (more: object = {}) => ({ rack: { node: 'n1', address: RACK, asNumber: 65001, ...more } });
const exit = (more: object = {}) => ({ exit: { node: 'n2', address: EXIT, asNumber: 65002, ...more } });

describe('what a change does to routes from outside', () => {
  const sent = sentOf(setOf(['203.0.113.0/24', '198.51.100.0/24'], RACK));
  const before = fabricOf({ filters: { all: ALL }, peers: rack({ filters: ['all'] }) });

  test('is nothing where nothing changes', () => {
    expect(routeChangesOf(before, before, heard(sent))).toEqual({
      ...{ changes: [], refused: [], limits: [], gaps: [], prefixes: 2 },
    });
  });

  test('names a prefix that an import rule drops, all who lose it, and the gate that would refuse it', () => {
    const dropping = {
      ...ALL,
      import: [{ prefix: '203.0.113.0/24', action: 'reject' }, { action: 'accept' }],
    };
    const after = fabricOf({ filters: { all: dropping }, peers: rack({ filters: ['all'] }) });
    const found = routeChangesOf(before, after, heard(sent));
    expect(found.changes).toEqual([
      { effect: 'lost', nodes: ['n1', 'n2', 'n3'], prefixes: ['203.0.113.0/24'] },
      { effect: 'rejected', neighbour: RACK, nodes: ['n1'], prefixes: ['203.0.113.0/24'], detail: 'policy' },
    ]);
    // where a neighbour still offers it
    expect(found.refused).toEqual([
      {
        ...{ wave: 1, nodes: ['n1'], prefixes: ['203.0.113.0/24'] },
        rejections: [{ nodes: ['n1'], from: RACK, why: 'policy' }],
      },
    ]);
    expect(describeRefusal(found.refused[0])).toBe(
      `wave 1: 203.0.113.0/24 at n1: n1 rejects it from ${RACK} (it is rejected by import policy)`,
    );
    expect(keepingOf(found.refused)).toEqual(['keep a session and filters that let it through']);
  });

  test('says that a path is lost because it has the new AS number of the nodes in it', () => {
    const after = fabricOf({ asNumber: 65001, filters: { all: ALL }, peers: rack({ filters: ['all'] }) });
    const { refused } = routeChangesOf(before, after, heard(sent));
    expect(refused.map(describeRefusal)).toEqual([
      `wave 1: 203.0.113.0/24, 198.51.100.0/24 at n1: n1 rejects them from ${RACK} (the AS number of this node is in AS_PATH)`,
    ]);
    expect(keepingOf(refused)).toEqual([expect.stringMatching(/^give the nodes an AS number that is not in the path/)]);
  });

  test('goes by the AS number that a node has kept towards a neighbour until its entry changes', () => {
    const internal = sentOf(setOf(['203.0.113.0/24', '198.51.100.0/24'], RACK, { localPref: 100 }));
    const to = (filters: string[]) =>
      fabricOf({
        asNumber: 67111,
        filters: { some: { import: [{ prefix: '203.0.113.0/24', action: 'reject' }, { action: 'accept' }] } },
        peers: rack({ asNumber: 64512, filters }),
      });
    const lost = (kept: KeptLocalAs) =>
      routeChangesOf(to([]), to(['some']), heard(internal), [], kept).changes.filter(({ effect }) => effect === 'lost');
    expect(lost({})).toEqual([]); // an external one without rules: nothing came
    expect(lost({ n1: { [`10.0.0.1 ${RACK} 179`]: 64512 } })).toEqual([
      { effect: 'lost', nodes: ['n1'], prefixes: ['203.0.113.0/24'] },
    ]);
  });

  test('finds what is re-tagged on the way in', () => {
    const tagging = {
      ...ALL,
      import: [{ action: 'accept', set: { localPreference: 200, addCommunities: ['64512:7'] } }],
    };
    const after = fabricOf({ filters: { all: tagging }, peers: rack({ filters: ['all'] }) });
    expect(routeChangesOf(before, after, heard(sent)).changes).toEqual([
      {
        ...{ effect: 'taken otherwise', neighbour: RACK, nodes: ['n1'] },
        prefixes: ['203.0.113.0/24', '198.51.100.0/24'],
        detail: 'local preference 100 to 200, community +64512:7',
      },
    ]);
  });

  test('finds what neighbours outside hear, no longer hear, and hear with other attributes', () => {
    const own = { nodes: { ...NODES, n1: { ...NODES.n1, advertise: [{ prefix: '10.1.0.0/16' }] } } };
    const quiet = { ...ALL, export: [{ prefix: '10.9.0.0/16', action: 'accept' }] };
    const loud = { ...ALL, export: [{ action: 'accept', set: { med: 5 } }] };
    const fabrics = [quiet, ALL, loud].map((all) =>
      fabricOf({ ...own, filters: { all }, peers: rack({ filters: ['all'] }) }),
    );
    const none = heard(sentOf());
    expect(routeChangesOf(fabrics[0], fabrics[1], none).changes).toEqual([
      { effect: 'advertised', neighbour: RACK, nodes: ['n1'], prefixes: ['10.1.0.0/16'] },
    ]);
    expect(routeChangesOf(fabrics[1], fabrics[2], none).changes).toMatchObject([
      { effect: 'told otherwise', detail: 'MED none to 5' },
    ]);
    expect(routeChangesOf(fabrics[2], fabrics[0], none).changes).toMatchObject([{ effect: 'withdrawn' }]);
  });

  test('finds routes of one neighbour that now go to another, and a default route that goes out', () => {
    const closed = { ...ALL, export: [{ prefix: '10.0.0.0/8', le: 32, action: 'accept' }] };
    const world = heard(sentOf(setOf(['203.0.113.0/24', '0.0.0.0/0'], RACK)), sentOf());
    const fabrics = [closed, ALL].map((out) =>
      fabricOf({ filters: { all: ALL, out }, peers: { ...rack({ filters: ['all'] }), ...exit({ filters: ['out'] }) } }),
    );
    expect(routeChangesOf(fabrics[0], fabrics[1], world).changes).toEqual([
      {
        ...{ effect: 'leaked', neighbour: EXIT, nodes: ['n2'], detail: `received from ${RACK}` },
        ...{ prefixes: ['0.0.0.0/0', '203.0.113.0/24'], from: RACK },
      },
    ]);
  });

  test('tells an order of waves in which a gate refuses what the last one would not', () => {
    // n1 takes the routes over from n2: whoever of them lets go first leaves all without.
    const closed = { ...ALL, import: [{ prefix: '10.0.0.0/8', action: 'accept' }] };
    const both = (one: string, two: string) =>
      fabricOf({
        filters: { all: ALL, closed },
        peers: { ...rack({ filters: [one] }), ...exit({ filters: [two] }) },
      });
    const world = heard(sent, sentOf(setOf(['203.0.113.0/24', '198.51.100.0/24'], EXIT)));
    const swap = (waves: string[][]) =>
      routeChangesOf(both('closed', 'all'), both('all', 'closed'), world, waves).refused.map(({ wave }) => wave);
    expect(swap([['n1'], ['n2', 'n3']])).toEqual([]);
    expect(swap([['n2'], ['n1', 'n3']])).toEqual([1]);
  });

  test('takes what others hear of a neighbour for what a new session with it brings, and nothing over one that is down', () => {
    const two = (node: string) =>
      fabricOf({
        filters: { all: ALL },
        nodeToNodeMesh: false,
        peers: { ...rack({ filters: ['all'] }), more: { node, address: RACK, asNumber: 65001, filters: ['all'] } },
      });
    const gained = { effect: 'gained', nodes: ['n2'], prefixes: ['203.0.113.0/24', '198.51.100.0/24'] };
    const quiet = fabricOf({ filters: { all: ALL }, nodeToNodeMesh: false, peers: rack({ filters: ['all'] }) });
    expect(routeChangesOf(quiet, two('n2'), heard(sent)).changes).toEqual([gained]);
    expect(routeChangesOf(two('n2'), two('n3'), heard(sent)).changes).toEqual([{ ...gained, nodes: ['n3'] }]);
  });

  test('finds nodes that go by another exit from now on', () => {
    const prefer = (localPreference: number) =>
      fabricOf({
        filters: { all: ALL, first: { ...ALL, import: [{ action: 'accept', set: { localPreference } }] } },
        peers: { ...rack({ filters: ['all'] }), ...exit({ filters: ['first'] }) },
      });
    const world = heard(sent, sentOf(setOf(['203.0.113.0/24'], EXIT)));
    const moved = routeChangesOf(prefer(50), prefer(200), world).changes.filter(({ effect }) => effect === 'moved');
    const prefixes = ['203.0.113.0/24'];
    expect(moved).toEqual([
      { effect: 'moved', nodes: ['n1'], prefixes, detail: `from ${RACK} to n2` },
      { effect: 'moved', nodes: ['n2'], prefixes, detail: `from n1 to ${EXIT}` },
      { effect: 'moved', nodes: ['n3'], prefixes, detail: 'from n1 to n2' },
    ]);
  });

  test('finds a limit that is lower than what comes, once', () => {
    const limited = (maxPrefixes: number) =>
      fabricOf({ filters: { all: ALL }, peers: rack({ filters: ['all'], maxPrefixes }) });
    const limitsOf = (a: Fabric, b: Fabric) => routeChangesOf(a, b, heard(sent)).limits;
    expect(limitsOf(before, limited(1))).toEqual([{ neighbour: RACK, nodes: ['n1'], limit: 1, sends: 2 }]);
    expect(limitsOf(before, limited(2))).toEqual([]);
    expect(limitsOf(limited(1), limited(1))).toEqual([]);
  });

  test('of a node that goes out of service is what its neighbours hear no more', () => {
    const drained = fabricOf({
      ...{ filters: { all: ALL }, peers: rack({ filters: ['all'] }) },
      nodes: { ...NODES, n1: { ...NODES.n1, drain: true } },
    });
    const found = routeChangesOf(before, drained, heard(sent));
    expect(found.changes).toContainEqual({
      ...{ effect: 'lost', nodes: ['n2', 'n3'], prefixes: ['203.0.113.0/24', '198.51.100.0/24'] },
    });
    expect(found.refused).toEqual([]); // it is gone round first
  });

  test('of a prefix that another node advertises, too, is that traffic of others moves there; of new ones which they are', () => {
    const advertising = (...prefixes: string[]) =>
      fabricOf({
        ...{ filters: { all: ALL }, peers: rack({ filters: ['all'] }) },
        nodes: { ...NODES, n2: { ...NODES.n2, advertise: prefixes.map((prefix) => ({ prefix })) } },
      });
    const found = routeChangesOf(advertising(), advertising('203.0.113.0/24', '10.9.0.0/16'), heard(sent));
    expect(found.originated).toEqual(['10.9.0.0/16', '203.0.113.0/24']);
    expect(found.changes).toContainEqual({
      ...{ effect: 'moved', nodes: ['n3'], prefixes: ['203.0.113.0/24'], detail: 'from n1 to n2' },
    });
    expect(routeChangesOf(advertising('10.9.0.0/16'), advertising(), heard(sent)).dropped).toEqual(['10.9.0.0/16']);
  });

  test('of kernel routes that are no longer selected is which workloads nobody has any more', () => {
    const selecting = (pattern: string) =>
      fabricOf({
        filters: { all: ALL },
        peers: rack({ filters: ['all'] }),
        nodes: { ...NODES, n2: { ...NODES.n2, workloadInterfaces: [pattern] } },
      });
    const kernel = { n1: { number: 0, routes: [] }, n2: { number: 1, routes: [['10.9.0.1/32', 'wl1']] as const } };
    const world = { ...heard(sent), workloads: { ...kernel, n3: { number: 0, routes: [] } } };
    expect(routeChangesOf(selecting('wl*'), selecting('zz*'), world)).toMatchObject({
      dropped: ['10.9.0.1/32'],
      changes: [{ effect: 'withdrawn', neighbour: RACK }],
    });
  });

  test('puts a prefix of its own kind before thousands of another, and tables of many sets into few kinds', () => {
    const many = Array.from({ length: 3000 }, (_, i) =>
      setOf([`20.${i >> 8}.${i & 255}.0/24`], RACK, {
        asPath: [{ type: SEGMENT.sequence, members: [65001, 1000 + i] }],
        communities: [(3356 << 16) | i],
      }),
    );
    const table = sentOf(...many, setOf(['203.0.113.0/24'], RACK));
    const closing = (...rules: object[]) =>
      fabricOf({
        filters: { all: { ...ALL, import: [...rules, { action: 'accept' }] } },
        peers: rack({ filters: ['all'] }),
      });
    const one = routeChangesOf(before, closing({ prefix: '203.0.113.0/24', action: 'reject' }), heard(table));
    expect(one.gaps).toEqual([]);
    expect(one.prefixes).toBe(3001);
    expect(one.changes.map(({ effect, prefixes }) => [effect, prefixes])).toEqual([
      ['lost', ['203.0.113.0/24']],
      ['rejected', ['203.0.113.0/24']],
    ]);
    // A rule that takes communities away makes each set another one.
    const rest = routeChangesOf(
      before,
      closing({ prefix: '203.0.113.0/24', action: 'reject' }, { action: 'accept', set: { communities: [] } }),
      heard(table),
    );
    expect(rest.gaps).toEqual(['2001 prefixes differ in too many ways and were left out']);
    expect(rest.changes[0]).toMatchObject({ effect: 'lost', prefixes: ['203.0.113.0/24'] });
  });

  test('looks at each node by itself where they are of too many kinds, and says nothing of what others lose', () => {
    const many = (importRules: object[]) =>
      fabricOf({
        nodes: {
          ...NODES,
          ...Object.fromEntries(
            Array.from({ length: 400 }, (_, i) => [
              `m${i}`,
              { ipv4Address: `10.1.${i >> 8}.${i & 255}`, asNumber: 4_200_000_000 + i },
            ]),
          ),
        },
        ...{ nodeToNodeMesh: false, filters: { all: { ...ALL, import: importRules } } },
        peers: rack({ filters: ['all'] }),
      });
    const reject = { prefix: '203.0.113.0/24', action: 'reject' };
    const { changes, refused, gaps } = routeChangesOf(
      many([{ action: 'accept' }]),
      many([reject, { action: 'accept' }]),
      heard(sent),
    );
    expect(changes).toMatchObject([{ effect: 'rejected', nodes: ['n1'], prefixes: ['203.0.113.0/24'] }]);
    expect([refused, gaps]).toEqual([[], [expect.stringContaining('each node was checked on its own')]]);
  });

  test('is found whatever agents make up', () => {
    const after = fabricOf({
      filters: {
        all: {
          import: [{ asPathMatches: '^65001', communities: ['65000:1'], action: 'reject' }, { action: 'accept' }],
          export: [{ asPathContains: [65001], action: 'accept', set: { prepend: 2, communities: [] } }],
        },
      },
      peers: { ...rack({ filters: ['all'] }), ...exit({ filters: ['all'] }) },
    });
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 30 }).map((value) => Uint8Array.of(0x40, 2, value.length, ...value)),
      fc.uint8Array({ maxLength: 30 }).map((value) => Uint8Array.of(0xc0, 8, value.length + 1, ...value)),
    );
    const set = fc.record({
      attributes: octets.map((all) => Buffer.from(all).toString('hex')),
      nextHop: fc.constantFrom(RACK, '10.0.0.1', 'fe80::1', '2001:db8::1', '::ffff:10.0.0.1', '255.255.255.255'),
      prefixes: fc.subarray(['0.0.0.0/0', '203.0.113.0/24', '2001:db8::/32', '224.0.0.0/4', '10.0.0.1/32', '::/0']),
    });
    fc.assert(
      fc.property(fc.array(set, { maxLength: 4 }), fc.array(set, { maxLength: 2 }), (one, two) => {
        const { changes } = routeChangesOf(before, after, heard(sentOf(...one), sentOf(...two)));
        expect(changes.every(({ nodes }) => nodes.length > 0)).toBe(true);
      }),
      { seed: 5, numRuns: share(100) },
    );
  });

  test('says what is not known', () => {
    const cut: OutsideRoutes = {
      ...heard({ ...sent, received: 900_000 }),
      unknown: { 'its agent is older': ['n2', 'n3'] },
    };
    expect(routeChangesOf(before, before, cut).gaps).toEqual([
      `only 2 of the 900000 prefixes that ${RACK} sends were checked`,
      'routes from outside neighbours to n2, n3: its agent is older',
    ]);
  });
});
