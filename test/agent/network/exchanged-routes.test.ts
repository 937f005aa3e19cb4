import { exchangedRoutes, sessionMatches } from '../../../lib/agent/network/exchanged-routes';
import { type RouteContext, routeStatuses } from '../../../lib/agent/network/route-statuses';
import { loopedRoutes } from '../../../lib/bgp/rib/query/looped-routes';
import { Rib, type RibPeer } from '../../../lib/bgp/rib/rib';
import type { PathAttributes } from '../../../lib/bgp/wire/path-attributes';
import type { Side } from '../../../lib/control/protocol';
import type { RouteStatus } from '../../../lib/control/status';
import type { FabricSpec } from '../../../lib/model/fabric';
import { readFabric } from '../../../lib/model/read';
import { OUT_OF_SERVICE } from '../../../lib/node/sessions';
import { sessionsOf } from '../../../lib/topology/derive';
import { context, feed, ip, peer, prefixOf, ROUTER_ID, updates } from '../../bgp/rib/world';

const spec: FabricSpec = {
  name: 'f',
  asNumber: 64512,
  nodes: { n1: { ipv4Address: '192.0.2.254' } },
  peers: {
    a: { address: '192.0.2.2', asNumber: 65002, filters: ['in', 'more'] },
    b: { address: '192.0.2.3', asNumber: 65003, filters: ['out'] },
    c: { address: '192.0.2.4', asNumber: 65004 },
  },
  filters: {
    in: {
      import: [
        { prefix: '203.0.113.0/24', action: 'reject' },
        { communities: ['65002:1'], action: 'reject' },
      ],
    },
    more: { import: [{ prefix: '198.51.0.0/16', action: 'accept', set: { localPreference: 200 } }] },
    out: {
      import: [{ action: 'accept' }],
      export: [
        { prefix: '198.51.100.0/24', action: 'accept', set: { addCommunities: ['64512:7'], med: 5 } },
        { prefix: '198.51.102.0/24', action: 'reject' },
      ],
    },
  },
};
const { fabric } = readFabric(spec);
const [first, second, third] = sessionsOf(fabric!, 'n1');
const policies = ({ importPolicy, exportPolicy }: typeof first): Partial<RibPeer> => ({
  importPolicy,
  exportPolicy,
  inside: false,
});
const A = peer(2, 65002, policies(first));
const B = peer(3, 65003, policies(second));
const C = peer(4, 65004, policies(third));
const attributes = (more: Partial<PathAttributes> = {}): PathAttributes => ({
  origin: 0,
  asPath: [{ type: 2, members: [65002] }],
  nextHop: ip('192.0.2.2').bytes,
  ...more,
});

let rib: Rib;
let world: RouteContext;
let numbers: Map<string, number>;
beforeEach(() => {
  rib = new Rib({ routerId: ROUTER_ID });
  world = {
    rib: rib.view,
    fabric,
    neighbour: (number) => String(rib.view.peer(number)?.address),
    policies: (number) => rib.view.peer(number),
    withheld: () => undefined,
    time: (seconds) => `${seconds}`,
  };
  const ids = [A, B, C].map((one) => rib.addPeer(one));
  numbers = new Map([first, second, third].map(({ key }, i) => [key, ids[i]]));
  rib.now = 7_900;
  for (const [i, one] of [A, B, C].entries()) rib.peerUp(ids[i], { ...context(one), peerRouterId: 0x0b000000 + i });
  const send = (prefixes: string[], more?: Partial<PathAttributes>) =>
    feed(rib, ids[0], updates(context(A), prefixes.map(prefixOf), attributes(more)));
  send(['203.0.113.0/24']);
  send(['198.51.101.0/24'], { communities: [(65002 << 16) + 1] });
  send(['198.51.102.0/24', '198.51.100.0/24'], { communities: [(65002 << 16) + 2], med: 9 });
  send(['192.88.0.0/24']);
  send(['198.51.103.0/24'], { asPath: [{ type: 2, members: [65002, 64512] }] });
  for (const id of ids) while (rib.takeOutput(id, 65536));
});

const shown = (routes: Iterable<RouteStatus | undefined> | undefined) =>
  [...(routes ?? [])].filter((one) => one !== undefined);
const exchanged = (neighbour: string, side: Side, prefix?: string) =>
  shown(exchangedRoutes(world, { neighbour, side, ...(prefix !== undefined && { prefix: prefixOf(prefix) }) }));

describe('the routes of a node', () => {
  test('are told in order, with communities and origin, and why one is not the best', () => {
    expect(shown(routeStatuses(world, undefined)).map(({ prefix, code }) => [prefix, code])).toEqual([
      ['192.88.0.0/24', 'policy'],
      ['198.51.100.0/24', undefined],
      ['198.51.101.0/24', 'policy'],
      ['198.51.102.0/24', undefined],
      ['198.51.103.0/24', 'as-loop'],
      ['203.0.113.0/24', 'policy'],
    ]);
    const [, best] = shown(routeStatuses(world, undefined));
    expect(best).toMatchObject({ origin: 'igp', communities: ['65002:2'], localPref: 200, med: 9, asPath: '65002' });
  });

  test.each([
    ['203.0.113.0/24', 'rule 1 of filter in', { filter: 'in', number: 1, action: 'reject' }],
    ['198.51.101.0/24', 'rule 2 of filter in', { filter: 'in', number: 2, action: 'reject' }],
    ['192.88.0.0/24', 'no rule of filters in, more accepts it', undefined],
  ])('say of %s that it is rejected by %s', (text, words, rule) => {
    const [route] = shown(routeStatuses(world, { match: 'exact', prefix: prefixOf(text) }));
    expect(route.reason).toBe(`it is rejected by import policy (RFC 4271 9.1.1): ${words}`);
    expect(route.rule).toEqual(rule);
  });

  test('name the rule that accepted one, by its place in its filter', () => {
    const [route] = shown(routeStatuses(world, { match: 'exact', prefix: prefixOf('198.51.100.0/24') }));
    expect(route).toMatchObject({ isBest: true, rule: { filter: 'more', number: 1, action: 'accept' } });
  });

  test('say of a neighbour without filters that it has none', () => {
    const id = numbers.get(third.key)!;
    feed(rib, id, updates(context(C), [prefixOf('10.9.0.0/16')], attributes({ nextHop: ip('192.0.2.4').bytes })));
    const [route] = shown(routeStatuses(world, { match: 'exact', prefix: prefixOf('10.9.0.0/16') }));
    expect(route.reason).toContain(': there are no filters (RFC 8212)');
  });
});

test('names of filters are those of the release that runs, also where a session goes on with the policies of the previous one', () => {
  const again = readFabric({ ...spec, nodes: { n1: { ipv4Address: '192.0.2.254', labels: { a: 'b' } } } }).fabric!;
  const sessions = new Map(sessionsOf(again, 'n1').map((session) => [numbers.get(session.key), session]));
  world = { ...world, fabric: again, policies: (number) => sessions.get(number) };
  const [rejected] = shown(routeStatuses(world, { match: 'exact', prefix: prefixOf('203.0.113.0/24') }));
  expect(rejected).toMatchObject({ reason: expect.stringContaining('rule 1 of filter in'), rule: { filter: 'in' } });
  expect(exchanged('192.0.2.3', 'advertised', '198.51.102.0/24')[0].rule).toMatchObject({ filter: 'out', number: 2 });
});

test('a node that is out of service says so, not that it has no filters', () => {
  world = { ...world, policies: (number) => ({ ...rib.view.peer(number), exportPolicy: OUT_OF_SERVICE }) };
  const id = numbers.get(second.key)!;
  rib.changePeer(id, { ...B, exportPolicy: OUT_OF_SERVICE });
  expect(exchanged('192.0.2.3', 'advertised', '198.51.100.0/24')).toMatchObject([
    { code: 'out-of-service', reason: 'this node is out of service, and advertises nothing' },
  ]);
});

test('a node that is out of service says beside that what its filters reject in service', () => {
  world = { ...world, policies: () => ({ exportPolicy: OUT_OF_SERVICE, inService: second.exportPolicy }) };
  rib.changePeer(numbers.get(second.key)!, { ...B, exportPolicy: OUT_OF_SERVICE });
  const [kept] = exchanged('192.0.2.3', 'advertised', '198.51.102.0/24');
  const [free] = exchanged('192.0.2.3', 'advertised', '198.51.100.0/24');
  expect(kept).toMatchObject({
    code: 'out-of-service',
    also: [{ code: 'policy', rule: { filter: 'out', number: 2 } }],
  });
  expect(free.also).toBeUndefined();
});

test('all that keeps a route from a neighbour is told, not only what the agent goes by', () => {
  rib.peerDown(numbers.get(second.key)!, { retain: false });
  const [route] = exchanged('192.0.2.3', 'advertised', '198.51.102.0/24');
  expect(route).toMatchObject({ code: 'down', also: [{ code: 'policy', rule: { filter: 'out', number: 2 } }] });
  expect(route.also![0].reason).toContain('rule 2 of filter out');
});

test('what went through this AS before is counted apart of what else is not accepted', () => {
  expect(loopedRoutes(rib.tables)).toEqual(new Map([[numbers.get(first.key), [1, 0]]]));
});

test('the age of a path is that of its attributes: the same ones again, or another policy, leave it', () => {
  const id = numbers.get(first.key)!;
  const P = '198.51.100.0/24';
  const since = () => shown(routeStatuses(world, { match: 'exact', prefix: prefixOf(P) }))[0].since;
  const again = (more: Partial<PathAttributes>) => feed(rib, id, updates(context(A), [prefixOf(P)], attributes(more)));
  rib.now = 20_000;
  again({ communities: [(65002 << 16) + 2], med: 9 });
  rib.changePeer(id, { ...A, importPolicy: { rules: [], otherwise: 'accept' } });
  expect(since()).toBe('7');
  again({ med: 10 });
  expect(since()).toBe('20');
});

describe('the routes exchanged with a neighbour', () => {
  test('that came are told as they came, those that may be used as the filters made them', () => {
    expect(exchanged('192.0.2.2', 'received').map(({ prefix }) => prefix)).toHaveLength(6);
    const [received] = exchanged('192.0.2.2', 'received', '198.51.100.0/24');
    const [accepted] = exchanged('192.0.2.2', 'accepted', '198.51.100.0/24');
    expect(received.localPref).toBeUndefined();
    expect(accepted.localPref).toBe(200);
    expect(exchanged('192.0.2.2', 'accepted').map(({ prefix }) => prefix)).toEqual([
      '198.51.100.0/24',
      '198.51.102.0/24',
    ]);
  });

  test('that are advertised are told as they are sent', () => {
    expect(exchanged('192.0.2.3', 'advertised')).toEqual([
      {
        prefix: '198.51.100.0/24',
        isBest: true,
        rule: { filter: 'out', number: 1, action: 'accept' },
        from: '192.0.2.2',
        nextHop: '192.0.2.254',
        asPath: '64512 65002',
        origin: 'igp',
        med: 5,
        communities: ['65002:2', '64512:7'],
        since: '7',
      },
    ]);
  });

  test('are told with four-octet AS numbers where the neighbour gets two', () => {
    const id = numbers.get(second.key)!;
    rib.peerDown(id, { retain: false });
    rib.peerUp(id, { ...context(B, { as4: false }), peerRouterId: 7 });
    while (rib.takeOutput(id, 65536));
    expect(exchanged('192.0.2.3', 'advertised')).toMatchObject([{ asPath: '64512 65002' }]);
  });

  test.each([
    ['192.0.2.3', '198.51.102.0/24', 'policy', 'rule 2 of filter out'],
    ['192.0.2.3', '203.0.113.0/24', 'no-path', 'no path to it is in use'],
    ['192.0.2.3', '10.0.0.0/8', 'no-path', 'no path to it is in use'],
    ['192.0.2.2', '198.51.100.0/24', 'from-neighbour', 'from this neighbour itself'],
    ['192.0.2.4', '198.51.100.0/24', 'policy', 'there are no filters (RFC 8212)'],
  ])('say why %s is not told of %s: %s', (neighbour, prefix, code, words) => {
    const [route] = exchanged(neighbour, 'advertised', prefix);
    expect(route).toMatchObject({ isBest: false, code });
    expect(route.reason).toContain(words);
  });

  test('say that nothing goes where the session is down', () => {
    rib.peerDown(numbers.get(second.key)!, { retain: false });
    expect(exchanged('192.0.2.3', 'advertised', '198.51.100.0/24')).toMatchObject([{ code: 'down' }]);
    expect(exchanged('192.0.2.3', 'advertised')).toEqual([]);
  });

  test('are none of an address that no session has', () => {
    expect(exchangedRoutes(world, { neighbour: '192.0.2.9', side: 'received' })).toBeUndefined();
  });
});

test('rules are told with how many routes each decided about', async () => {
  const [a, b, c] = await sessionMatches(world, numbers);
  expect(a.import).toEqual({
    rules: [
      { filter: 'in', number: 1, action: 'reject', routes: 1 },
      { filter: 'in', number: 2, action: 'reject', routes: 1 },
      { filter: 'more', number: 1, action: 'accept', routes: 3 },
    ],
    unmatched: 1,
  });
  expect(b.export).toEqual({
    rules: [
      { filter: 'out', number: 1, action: 'accept', routes: 1 },
      { filter: 'out', number: 2, action: 'reject', routes: 1 },
    ],
    unmatched: 0,
  });
  expect(c).toEqual({ key: third.key });
});
