import fc from 'fast-check';
import type { NexthopSet } from '../../../../lib/kernel/fib/state/nexthop-set';
import { IpAddress } from '../../../../lib/model/address';
import { Prefix } from '../../../../lib/model/prefix';
import { sure } from '../../../../lib/model/problem';
import { share } from '../../../breadth';
import { OwnNode as Node, type Said } from '../../own-node';

const ip = (text: string) => sure(IpAddress.parse(text));
const via = (...addresses: string[]): NexthopSet => ({ via: addresses.map((address) => ({ address: ip(address) })) });

const STATIC = 4;
const RA = 9;

const shared = () =>
  new Node()
    .address('10.0.0.1/24')
    .route('10.0.0.0/24')
    .address('fd00::1/64')
    .route('fd00::/64', { metric: 256 })
    .address('10.255.0.1/32', 1);

describe('a route of a neighbour is held back', () => {
  test.each([
    ['10.0.0.1/32', 'it is an address of this node (eth0)'],
    ['fd00::1/128', 'it is an address of this node (eth0)'],
    ['10.255.0.1/32', 'it is an address of this node (lo)'],
    ['10.0.0.0/24', 'the link eth0 is connected to it'],
    ['fd00::/64', 'the link eth0 is connected to it'],
  ])('to an own address or a connected prefix: %s', (text, reason) => {
    expect(shared().why(text, via('10.0.0.9'))).toBe(reason);
  });

  test.each([
    '10.0.0.0/23',
    '10.0.0.0/25',
    '10.0.0.77/32',
    'fd00::/48',
    'fd00::/65',
    'fd00::77/128',
    '10.1.0.0/16',
    '::/0',
    '0.0.0.0/0',
  ])('and not to what covers it, or is more specific: %s', (text) => {
    expect(shared().why(text, via('10.0.0.9'))).toBeUndefined();
  });

  test('as long as the address is there, and the connected route on a link with carrier', () => {
    const node = shared();
    const held = () => ['10.0.0.1/32', '10.0.0.0/24', 'fd00::/64'].filter((text) => node.why(text, via('10.0.0.9')));
    node.link(2, true, false);
    expect(held()).toEqual(['10.0.0.1/32']);
    node.link(2, true, true);
    expect(held()).toEqual(['10.0.0.1/32', '10.0.0.0/24', 'fd00::/64']);
    node.address('10.0.0.1/24', 2, false).route('10.0.0.0/24', { isThere: false });
    expect(held()).toEqual(['fd00::/64']);
    node.link(2, false, false).link(2, true, true); // IPv6 routes go with events, IPv4 ones without
    node.route('fd00::/64', { metric: 256, isThere: false });
    expect(held()).toEqual([]);
  });

  test('to a subnet that somebody else than the kernel writes the route of', () => {
    const node = new Node().address('10.0.5.1/24', 3).address('fd05::1/64', 3);
    node.route('10.0.5.0/24', { protocol: STATIC, interface: 3 }).route('fd05::/64', { protocol: RA, interface: 3 });
    node.route('10.0.6.0/24', { protocol: STATIC, interface: 3 }); // a route by a tunnel, say: none of its own
    expect(node.why('10.0.5.0/24', via('10.0.5.9'))).toBeDefined();
    expect(node.why('fd05::/64', via('fd05::9'))).toBeDefined();
    expect(node.why('10.0.6.0/24', via('10.0.5.9'))).toBeUndefined();
  });

  test.each([
    ['10.0.0.2/32', '10.0.0.3', 'neighbour 10.0.0.2'],
    ['10.0.0.0/25', '10.0.0.3', 'neighbour 10.0.0.2'],
    ['fd00::2/128', 'fd00::3', 'neighbour fd00::2'],
    ['fd00::/100', 'fd00::3', 'neighbour fd00::2'],
    ['10.0.0.128/25', '10.0.0.3', 'gateway 10.0.0.254'],
    ['10.0.0.254/32', '10.0.0.3', 'gateway 10.0.0.254'],
  ])('where it changes the way to a neighbour or a gateway on a link: %s by %s', (text, hop, what) => {
    const node = shared().neighbours('10.0.0.2', 'fd00::2');
    node.route('0.0.0.0/0', { protocol: STATIC, gateways: [ip('10.0.0.254')] });
    expect(node.why(text, via(hop))).toBe(`it would change the path to ${what} on the link eth0`);
  });

  test('and not where it leads by that neighbour itself, unless it holds another, or another next hop is beside it', () => {
    const node = shared().neighbours('10.0.0.2');
    expect(node.why('10.0.0.0/25', via('10.0.0.2'))).toBeUndefined();
    expect(node.why('10.0.0.0/25', via('10.0.0.2', '10.0.0.3'))).toBeDefined();
    node.neighbours('10.0.0.2', '10.0.0.3');
    expect(node.why('10.0.0.0/25', via('10.0.0.2'))).toContain('10.0.0.3');
    node.neighbours();
    expect(node.why('10.0.0.0/25', via('10.0.0.3'))).toBeUndefined();
  });

  test('for a gateway as long as a route needs it', () => {
    const node = shared();
    const gone = (more: object = {}) =>
      node.route('0.0.0.0/0', { protocol: STATIC, gateways: [ip('10.0.0.254')], isThere: false, ...more });
    node.route('0.0.0.0/0', { protocol: STATIC, gateways: [ip('10.0.0.254')] });
    node.route('10.9.0.0/16', { protocol: STATIC, gateways: [ip('10.0.0.254')] });
    gone();
    expect(node.why('10.0.0.254/32', via('10.0.0.3'))).toBeDefined();
    node.route('10.9.0.0/16', { protocol: STATIC, gateways: [ip('10.0.0.253')], replaces: true });
    expect(node.why('10.0.0.254/32', via('10.0.0.3'))).toBeUndefined();
    expect(node.why('10.0.0.253/32', via('10.0.0.3'))).toBeDefined();
  });

  test('by what a dump shows, and no longer by what it does not', () => {
    const node = shared();
    node.network.beginDump();
    node.address('10.0.0.1/24').dump(['10.0.0.0/24']);
    node.network.endDump();
    expect(node.why('10.0.0.1/32', via('10.0.0.9'))).toBeDefined();
    expect(node.why('10.255.0.1/32', via('10.0.0.9'))).toBeUndefined();
    expect(node.why('fd00::/64', via('10.0.0.9'))).toBeUndefined();
  });
});

describe('a route to nowhere, as `advertise` asks for it, is not written', () => {
  test.each(['0.0.0.0/0', '::/0'])('for the default route: %s', (text) => {
    expect(new Node().why(text, 'blackhole')).toContain('default route');
  });

  test.each(['10.0.0.0/24', '10.0.0.128/25', 'fd00::/64', 'fd00::/80'])(
    'for a connected prefix and what lies within it: %s',
    (text) => {
      expect(shared().why(text, 'blackhole')).toBe('the link eth0 is connected to it');
    },
  );

  test('where another route to the same prefix is there; it comes when that goes', () => {
    const node = shared();
    expect(node.why('fd07::/48', 'blackhole')).toBeUndefined();
    node.route('fd07::/48', { protocol: STATIC, metric: 1024, gateways: [ip('fd00::9')] });
    expect(node.why('fd07::/48', 'blackhole')).toBe('a route of protocol static to it exists');
    node.route('fd07::/48', { protocol: STATIC, metric: 1024, gateways: [ip('fd00::9')], isThere: false });
    expect(node.why('fd07::/48', 'blackhole')).toBeUndefined();
    node.route('fd07::5/128', { protocol: STATIC, metric: 1024 }); // a workload
    expect(node.why('fd07::5/128', 'blackhole')).toBe('a route of protocol static to it exists');
  });

  test('and is for what covers connected prefixes or the gateway of the default route: what is more specific goes first', () => {
    const node = shared().route('0.0.0.0/0', { protocol: STATIC, gateways: [ip('10.0.0.254')] });
    for (const text of ['10.0.0.0/16', '10.1.0.0/16', 'fd00::/48']) expect(node.why(text, 'blackhole')).toBeUndefined();
  });
});

test('of any routes, those that are written leave the way to own addresses, subnets, neighbours and gateways as it was', () => {
  const octet = fc.integer({ min: 0, max: 7 });
  const address = octet.map((last) => `10.0.0.${last}`);
  const any = fc.tuple(address, fc.integer({ min: 24, max: 32 })).map(([text, length]) => Prefix.of(ip(text), length));
  fc.assert(
    fc.property(
      fc.record({
        own: fc.array(address, { maxLength: 3 }),
        subnets: fc.array(any, { maxLength: 3 }),
        neighbours: fc.array(address, { maxLength: 3 }),
        gateways: fc.array(address, { maxLength: 2 }),
        routes: fc.array(fc.tuple(any, fc.array(address, { minLength: 1, maxLength: 2 })), { maxLength: 12 }),
      }),
      ({ own, subnets, neighbours, gateways, routes }) => {
        const node = new Node().neighbours(...neighbours);
        for (const text of own) node.address(`${text}/32`, 1);
        for (const one of subnets) node.route(String(one), { metric: 256 });
        for (const text of gateways) node.route('0.0.0.0/0', { protocol: STATIC, gateways: [ip(text)] });
        const written = routes.filter(([one, hops]) => node.why(String(one), via(...hops)) === undefined);
        // As a kernel looks routes up: the longest prefix, and of one length ours at metric 200 before the kernel's
        // own.
        const wayTo = (text: string, ours: typeof written) => {
          const host = Prefix.host(ip(text));
          const all = [
            ...subnets.map((one) => ({ one, way: 'the link' })),
            ...ours.map(([one, hops]) => ({ one, way: hops.every((hop) => hop === text) ? 'the link' : hops.join() })),
          ].filter(({ one }) => one.contains(host));
          return all.sort((a, b) => b.one.length - a.one.length || (a.way === 'the link' ? 1 : -1))[0]?.way;
        };
        for (const text of [...neighbours, ...gateways])
          if (subnets.some((one) => one.length < 32 && one.contains(Prefix.host(ip(text)))))
            expect(wayTo(text, written)).toBe('the link');
        for (const [one] of written) {
          expect(own.map((text) => `${text}/32`)).not.toContain(String(one));
          expect(subnets.map(String)).not.toContain(String(one));
        }
      },
    ),
    { numRuns: share(1000), seed: 11 },
  );
});

test('the prefixes that may have to be held back are each own address, each subnet, and all within it that hold a neighbour', () => {
  const node = shared().neighbours('10.0.0.2', '10.0.0.3', '10.0.0.130', '192.0.2.1');
  node.network.settle();
  const all = node.network.candidates().map(String);
  const wanted = ['10.0.0.1/32', '10.255.0.1/32', 'fd00::1/128', '10.0.0.0/24', 'fd00::/64'];
  for (const text of ['10.0.0.2', '10.0.0.3', '10.0.0.130'])
    for (let length = 25; length <= 32; length++) wanted.push(String(Prefix.of(ip(text), length)));
  expect(all.sort()).toEqual([...new Set(wanted)].sort());
});

describe('who is reached over a link by a route of somebody else alone', () => {
  const GATEWAY = 'fd09::1';
  const node = (route = 'fd09::1/128', more: Said = {}) =>
    shared()
      .route(route, { protocol: STATIC, metric: 1024, ...more })
      .route('::/0', { protocol: STATIC, metric: 1024, gateways: [ip(GATEWAY)] });

  test.each(['fd09::1/128', 'fd09::/96', 'fd09::/64'])('a gateway stays where %s leads', (route) => {
    expect(node(route).why('fd09::1/128', via('fd00::3'))).toBe(
      'it would change the path to gateway fd09::1 on the link eth0',
    );
    expect(node(route).why('fd09::1/128', via(GATEWAY))).toBeUndefined();
  });

  test('what is as long as that route, or longer, and holds the gateway is held back; nothing else is', () => {
    const one = node('fd09::/96');
    for (const text of ['fd09::/96', 'fd09::/97', 'fd09::/127', 'fd09::1/128'])
      expect([text, one.why(text, via('fd00::3'))]).toEqual([text, expect.any(String)]);
    for (const text of ['fd09::/95', 'fd09::2/128', 'fd09::8000:0/97', 'fd09::/64', '::/0'])
      expect([text, one.why(text, via('fd00::3'))]).toEqual([text, undefined]);
    expect(one.network.withholding.subnets.map(({ prefix }) => String(prefix))).toEqual(['10.0.0.0/24', 'fd00::/64']);
  });

  test('nobody is kept where it has no carrier, or is no neighbour and no gateway, or not any more', () => {
    expect(node().link(2, true, false).why('fd09::1/128', via('fd00::3'))).toBeUndefined();
    expect(node('fd09::2/128').why('fd09::2/128', via('fd00::3'))).toBeUndefined();
    const gone = node().route('::/0', { protocol: STATIC, metric: 1024, gateways: [ip(GATEWAY)], isThere: false });
    expect(gone.why('fd09::1/128', via('fd00::3'))).toBeUndefined();
    const lost = node().route('fd09::1/128', { protocol: STATIC, metric: 1024, isThere: false });
    expect(lost.why('fd09::1/128', via('fd00::3'))).toBeUndefined();
  });

  test('a neighbour behind a tunnel stays reachable through it', () => {
    const one = shared().route('172.16.0.0/12', { protocol: STATIC, interface: 3 }).neighbours('172.16.9.9');
    expect(one.why('172.16.9.0/24', via('10.0.0.3'))).toBe(
      'it would change the path to neighbour 172.16.9.9 on the link eth1',
    );
    expect(one.why('172.16.8.0/24', via('10.0.0.3'))).toBeUndefined();
  });
});

test('what is looked at again after a change is each route that is held back now and was not, or the other way round, whatever changes', () => {
  const octet = fc.integer({ min: 0, max: 7 });
  const address = octet.map((last) => `10.0.0.${last}`);
  const any = fc
    .tuple(address, fc.constantFrom(0, 16, 24, 28, 29, 30, 31, 32))
    .map(([a, length]) => String(Prefix.of(ip(a), length)));
  const probes = new Set<string>();
  for (let last = 0; last < 8; last++)
    for (const length of [16, 24, 28, 29, 30, 31, 32]) probes.add(String(Prefix.of(ip(`10.0.0.${last}`), length)));
  const route = fc.record({
    to: any,
    isThere: fc.boolean(),
    protocol: fc.constantFrom(2, STATIC),
    metric: fc.constantFrom(0, 300),
    interface: fc.constantFrom(2, 3),
    table: fc.constantFrom(254, 100),
    gateways: fc.oneof(fc.constant<string[]>([]), fc.array(address, { minLength: 1, maxLength: 2 })),
  });
  const step = fc.oneof(
    { weight: 4, arbitrary: route },
    {
      weight: 1,
      arbitrary: fc.record({
        own: address,
        length: fc.constantFrom(24, 29, 32),
        isThere: fc.boolean(),
        link: fc.constantFrom(1, 2, 3),
      }),
    },
    { weight: 1, arbitrary: fc.record({ neighbours: fc.array(address, { maxLength: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ link: fc.constantFrom(2, 3), up: fc.boolean(), carrier: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ nowhere: any, isWanted: fc.boolean() }) },
  );
  let changes = 0;
  fc.assert(
    fc.property(fc.constantFrom(254, 100), fc.array(step, { minLength: 5, maxLength: 40 }), (table, steps) => {
      const node = new Node(table);
      const hops = ['10.0.0.5', '10.0.0.6', '192.0.2.1'];
      const nowhere = new Set<string>();
      const verdicts = () =>
        new Map(
          [...probes].flatMap((text) => [
            ...hops.map((hop) => [`${text} ${hop}`, node.verdict(text, via(hop))] as const),
            ...(nowhere.has(text) ? [[`${text} -`, node.verdict(text, 'blackhole')] as const] : []),
          ]),
        );
      let before = verdicts();
      for (const one of steps) {
        if ('to' in one) node.route(one.to, { ...one, gateways: one.gateways.map(ip), replaces: false });
        else if ('own' in one) node.address(`${one.own}/${one.length}`, one.link, one.isThere);
        else if ('neighbours' in one) node.neighbours(...one.neighbours);
        else if ('up' in one) node.link(one.link, one.up, one.carrier && one.up);
        else if (one.isWanted) {
          nowhere.add(one.nowhere);
          node.network.watch(sure(Prefix.parse(one.nowhere)));
        } else {
          nowhere.delete(one.nowhere);
          node.network.unwatch(sure(Prefix.parse(one.nowhere)));
        }
        node.network.settle();
        const again = new Set(node.network.candidates().map(String));
        const after = verdicts();
        for (const [key, verdict] of after) {
          if (!before.has(key) || before.get(key) === verdict) continue;
          changes++;
          expect([key, verdict, again.has(key.split(' ')[0])]).toEqual([key, verdict, true]);
        }
        before = after;
      }
    }),
    { numRuns: share(120), seed: 11 },
  );
  expect(changes).toBeGreaterThan(500);
});

test('an address that comes beside two thousand neighbours on a link has the routes to it looked at again, and no others', () => {
  const node = shared().neighbours(...Array.from({ length: 2000 }, (_, n) => `fd00::${(n + 16).toString(16)}`));
  node.network.settle();
  expect(node.network.candidates().length).toBeGreaterThan(4000);
  node.address('fd07::1/64', 3).route('fd07::/64', { metric: 256, interface: 3 });
  node.network.settle();
  expect(node.network.candidates().map(String).sort()).toEqual(['fd07::/64', 'fd07::1/128']);
  node.neighbours(...Array.from({ length: 2001 }, (_, n) => `fd00::${(n + 16).toString(16)}`));
  node.network.settle();
  expect(node.network.candidates().length).toBeLessThanOrEqual(64);
});
