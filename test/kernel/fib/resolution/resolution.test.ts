import fc from 'fast-check';
import { ROUTE_TYPE } from '../../../../lib/kernel/codec/route';
import { AddressIndex } from '../../../../lib/kernel/fib/resolution/address-index';
import { resolve } from '../../../../lib/kernel/fib/resolution/resolution';
import { Prefix } from '../../../../lib/model/prefix';
import { share } from '../../../breadth';
import { type Foreign, ip, MAIN, type Own, prefix, World } from '../../routing-world';

const LINK: Foreign = { to: '10.0.0.0/24', link: 1 };
const DEFAULT: Foreign = { to: '0.0.0.0/0', via: '10.0.0.254', link: 1, metric: 100 };

describe('a next hop', () => {
  const world = (foreign: readonly Foreign[], own: readonly Own[] = []): World => {
    const made = new World();
    for (const route of foreign) made.put(route);
    for (const route of own) made.want(route);
    return made;
  };

  test('on a link is reached there, at no cost', () => {
    expect(world([LINK, DEFAULT]).ways('10.0.0.7')).toEqual(['10.0.0.7%1 0 on link']);
  });

  test('behind a router is reached over it, at the cost of that route', () => {
    expect(world([LINK, DEFAULT]).ways('192.0.2.2')).toEqual(['10.0.0.254%1 100 default']);
  });

  test('that a route leads to which needs it itself is reached over the next less specific one', () => {
    const own: Own[] = [
      { to: '192.0.2.2/32', via: ['192.0.2.2'] },
      { to: '192.0.2.0/24', via: ['192.0.2.2'] },
    ];
    expect(world([LINK, DEFAULT], own).ways('192.0.2.2')).toEqual(['10.0.0.254%1 100 default']);
    expect(world([LINK], own).ways('192.0.2.2')).toEqual([
      'next hop 192.0.2.2 is reachable only through a route that depends on it',
    ]);
  });

  test('that two routes need in a circle is reached over neither', () => {
    const own: Own[] = [
      { to: '192.0.2.0/24', via: ['198.51.100.1'] },
      { to: '198.51.100.0/24', via: ['192.0.2.1'] },
    ];
    expect(world([LINK], own).ways('192.0.2.1')).toEqual([
      'next hop 198.51.100.1 is reachable only through a route that depends on it',
    ]);
    expect(world([LINK, DEFAULT], own).ways('192.0.2.1')[0]).toBe('10.0.0.254%1 200 through 192.0.2.0/24');
  });

  test('does not stay because its own route says where it was before the link was renumbered', () => {
    const own: Own[] = [{ to: '10.0.0.2/32', via: ['10.0.0.2'] }];
    expect(world([LINK], own).ways('10.0.0.2')).toEqual(['10.0.0.2%1 0 on link']);
    expect(world([{ to: '10.9.0.0/24', link: 1 }], own).ways('10.0.0.2')).toEqual([
      'next hop 10.0.0.2 is reachable only through a route that depends on it',
    ]);
  });

  test('that routes of ours lead to is reached over these, and said to be; then come the ways without them', () => {
    const own: Own[] = [
      { to: '10.255.0.2/32', via: ['10.0.0.3', '10.0.0.4'], isDirect: true },
      { to: '10.255.0.0/24', via: ['10.0.0.5'], isDirect: true },
    ];
    expect(world([LINK, DEFAULT], own).ways('10.255.0.2')).toEqual([
      '10.0.0.3%1 10.0.0.4%1 200 through 10.255.0.2/32',
      '10.0.0.5%1 200 through 10.255.0.0/24',
      '10.0.0.254%1 100 default',
    ]);
  });

  test('of a neighbour on a link is not looked for behind a default route, where a route of ours needs it', () => {
    const own: Own[] = [{ to: '10.255.0.2/32', via: ['10.1.0.3'], isDirect: true }];
    expect(world([LINK, DEFAULT], own).ways('10.255.0.2')).toEqual(['10.0.0.254%1 100 default']);
  });

  test('behind a route that drops, or on a dead link, is not reached, whatever is less specific', () => {
    const drops = { to: '192.0.2.0/24', link: 1, type: ROUTE_TYPE.blackhole };
    expect(world([LINK, DEFAULT, drops]).ways('192.0.2.2')).toEqual([
      'next hop 192.0.2.2 is behind a route that drops traffic',
    ]);
    const dead = world([LINK, DEFAULT, { to: '192.0.2.0/24', via: '10.2.0.1', link: 2 }]);
    dead.dead.add(2);
    expect(dead.ways('192.0.2.2')).toEqual(['the link to next hop 192.0.2.2 has no carrier']);
  });

  test('is looked for in the tables in their order', () => {
    const made = world(
      [{ ...LINK, table: 100, via: '10.5.0.1', link: 2 }, LINK],
      [{ to: '10.0.0.7/32', via: ['10.9.9.9'] }],
    );
    made.stops = [100, MAIN];
    expect(made.ways('10.0.0.7')).toEqual(['10.5.0.1%2 0']);
  });

  test('is reached over what others have where neighbours nest more routes of ours than anybody needs', () => {
    const made = new World(16);
    made.put({ to: '::/0', via: 'fe80::1', link: 1, metric: 1024 });
    for (let length = 1; length <= 128; length++)
      made.want({ to: `2001:db8::${(200).toString(16)}/${length}`, via: [`2001:db8::${(length + 1).toString(16)}`] });
    expect(made.ways('2001:db8::c8').at(-1)).toBe('fe80::1%1 1024 default');
  });
});

describe('foreign routes', () => {
  const routes = fc.record({
    to: fc
      .record({ third: fc.nat(1), last: fc.nat(3), length: fc.constantFrom(0, 8, 23, 24, 31, 32) })
      .map(({ third, last, length }) => String(Prefix.of(ip(`10.0.${third}.${last}`), length))),
    via: fc.constantFrom(undefined, '10.0.0.1', '10.0.0.2'),
    link: fc.constantFrom(1, 2),
    metric: fc.constantFrom(0, 100, 0xffffffff),
    table: fc.constantFrom(MAIN, 100, 0x80000001),
  });
  const step = fc.record({ route: routes, how: fc.constantFrom('add', 'replace', 'remove', 'dump') });
  const keyOf = (route: Foreign) => JSON.stringify(route);

  test('are known as they stand, whatever comes and goes, dumps in between included', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new World();
        let reference: Foreign[] = [];
        for (const { route, how } of steps) {
          const rest = reference.filter((one) => keyOf(one) !== keyOf(route));
          const isOther = (one: Foreign) =>
            one.to !== route.to || one.metric !== route.metric || one.table !== route.table;
          if (how === 'add') {
            world.put(route);
            if (rest.length === reference.length) reference = [...rest, route];
          } else if (how === 'replace') {
            world.put(route, 'add', true);
            reference = [...reference.filter(isOther), route];
          } else if (how === 'remove') {
            expect(world.put(route, 'remove')).toBe(rest.length !== reference.length);
            reference = rest;
          } else {
            // Silently gone is every second one; the last of the dump is heard of before the dump tells it.
            const stays = reference.filter((_, i) => i % 2 === 0);
            const late = stays.at(-1);
            world.foreign.beginDump();
            if (late) world.put(late, 'remove');
            for (const one of stays) world.put(one, 'dumped');
            expect(world.foreign.endDump()).toBe(reference.length > stays.length);
            reference = stays.slice(0, -1);
          }
          expect(world.foreign.size).toBe(reference.length);
        }
        for (const address of ['10.0.0.0', '10.0.0.3', '10.0.1.2', '192.0.2.1'])
          for (const table of [MAIN, 100, 0x80000001]) {
            const covering = reference.filter(
              (one) => one.table === table && prefix(one.to).contains(Prefix.host(ip(address))),
            );
            covering.sort((a, b) => prefix(b.to).length - prefix(a.to).length || (a.metric ?? 0) - (b.metric ?? 0));
            const found = world.foreign.longest(ip(address).bytes, table);
            expect([found?.length, found?.metric]).toEqual([
              covering[0] && prefix(covering[0].to).length,
              covering[0]?.metric,
            ]);
          }
      }),
      { numRuns: share(300) },
    );
  });
});

describe('an index of addresses', () => {
  test.each(['10.0.%.#', '2001:db8::%:#'])('finds those in a prefix (%s)', (info) => {
    const address = fc
      .record({ a: fc.nat(3), b: fc.nat(5) })
      .map(({ a, b }) => ip(info.replace('%', `${a}`).replace('#', `${b}`)));
    const octets = info.includes(':') ? 16 : 4;
    fc.assert(
      fc.property(fc.array(address), fc.array(address), address, fc.nat(octets * 8), (added, deleted, at, length) => {
        const index = new AddressIndex();
        for (const one of added) index.add(one);
        for (const one of deleted) index.delete(one);
        const wanted = Prefix.of(at, length);
        const view = new DataView(wanted.address.bytes.slice().buffer);
        const key = Int32Array.from({ length: octets / 4 }, (_, i) => view.getInt32(4 * i));
        const left = new Set(added.map(String));
        for (const one of deleted) left.delete(String(one));
        const shall = [...left].filter((one) => wanted.contains(Prefix.host(ip(one))));
        expect([...index.within(key, length)].map(String).sort()).toEqual(shall.sort());
        expect(index.has(key, length)).toBe(shall.length > 0);
      }),
    );
  });
});

/**
 * The invariant of docs/invariants.md, as far as it is about next hops: over random routes of ours and of others, in
 * any order.
 */
describe('whatever routes there are', () => {
  const address = fc.record({ third: fc.nat(2), last: fc.nat(3) }).map(({ third, last }) => `10.0.${third}.${last}`);
  const to = fc
    .record({ address, length: fc.constantFrom(0, 8, 22, 24, 31, 32) })
    .map(({ address: one, length }) => String(Prefix.of(ip(one), length)));
  const foreign = fc.record({
    to,
    via: fc.constantFrom('10.7.0.1', '10.7.0.2'),
    link: fc.constantFrom(1, 2),
    metric: fc.constantFrom(0, 100, 300),
  });
  const own = fc.record({ to, via: fc.uniqueArray(address, { minLength: 1, maxLength: 2 }), isDirect: fc.boolean() });
  const distinct = <T extends { to: string }>(all: readonly T[]) => [
    ...new Map(all.map((one) => [one.to, one])).values(),
  ];

  const both = fc.record({
    others: fc.array(foreign, { maxLength: 8 }).map(distinct),
    ours: fc.array(own, { maxLength: 12 }).map(distinct),
    seed: fc.infiniteStream(fc.nat()),
  });
  const ADDRESSES = ['10.0.0.1', '10.0.1.2', '10.0.2.3'];

  const made = (others: readonly Foreign[], ours: readonly Own[]): World => {
    const world = new World();
    for (const route of others) world.put(route);
    for (const route of ours) world.want(route);
    return world;
  };

  test('a next hop is reached by the same way in whatever order they came', () => {
    fc.assert(
      fc.property(both, fc.boolean(), ({ others, ours }, isSwapped) => {
        const one = made(others, ours);
        const other = isSwapped ? made([...others].reverse(), [...ours].reverse()) : made(others, [...ours].reverse());
        for (const hop of ADDRESSES) expect(other.ways(hop)).toEqual(one.ways(hop));
      }),
      { numRuns: share(500) },
    );
  });

  test('no route of ours leads to the next hop that it needs itself, and each way ends at a route of others', () => {
    fc.assert(
      fc.property(both, ({ others, ours }) => {
        const world = made(others, ours);
        for (const hop of ADDRESSES)
          for (const way of resolve(world.view, ip(hop)).ways) {
            for (const one of way.through) expect(ours.find(({ to }) => to === String(one))!.via).not.toContain(hop);
            for (const { gateway, interface: link } of way.hops)
              expect(others.some(({ via, link: on }) => on === link && via === String(gateway))).toBe(true);
          }
      }),
      { numRuns: share(500) },
    );
  });

  /**
   * All ways to an address, the best first, by a search that looks at every order of routes: the gateways, and the
   * prefix that leads there.
   */
  const searched = (others: readonly Foreign[], ours: readonly Own[], hop: string, chain: readonly string[]) => {
    const covering = <T extends { to: string }>(all: readonly T[]) =>
      all
        .map((one) => ({ ...one, prefix: prefix(one.to) }))
        .filter((one) => one.prefix.contains(Prefix.host(ip(hop))))
        .sort((a, b) => b.prefix.length - a.prefix.length);
    const [foreign] = covering(others);
    const ways: { gateways: string[]; to: string; isDefault: boolean }[] = [];
    for (const { to: own, prefix: of, via, isDirect } of covering(ours)) {
      const isBehind = foreign && foreign.prefix.length === of.length && (foreign.metric ?? 0) <= 200;
      if (isBehind || of.length < (foreign?.prefix.length ?? 0) || via.some((next) => chain.includes(next))) continue;
      const gateways = via.flatMap((next) => {
        const found = searched(others, ours, next, [...chain, next]);
        return found.find(({ isDefault }) => !(isDirect && isDefault))?.gateways ?? [];
      });
      if (gateways.length > 0) ways.push({ gateways, to: own, isDefault: of.length === 0 });
    }
    if (foreign) ways.push({ gateways: [foreign.via!], to: '', isDefault: foreign.prefix.length === 0 });
    return ways;
  };

  test('the way is the one, and there are as many others, as if every order of routes was looked at', () => {
    fc.assert(
      fc.property(both, ({ others, ours: all }) => {
        // Routes with several next hops make, in rare cases, more orders than are looked at.
        const ours = all.map((one) => ({ ...one, via: one.via.slice(0, 1) }));
        const world = made(others, ours);
        for (const hop of ADDRESSES) {
          const { ways } = resolve(world.view, ip(hop));
          const wanted = searched(others, ours, hop, [hop]);
          expect(ways.map(({ through: [first] }) => (first ? String(first) : ''))).toEqual(wanted.map((way) => way.to));
          expect(ways[0]?.hops.map(({ gateway }) => String(gateway))).toEqual(wanted[0]?.gateways);
        }
      }),
      { numRuns: share(500) },
    );
  });

  test('what a route of others leads to is reached, if need be without any of ours', () => {
    fc.assert(
      fc.property(both, ({ others, ours }) => {
        const world = made(others, ours);
        for (const hop of ADDRESSES) {
          const { ways } = resolve(world.view, ip(hop));
          const foreign = world.foreign.longest(ip(hop).bytes, MAIN);
          expect(ways.length > 0 && ways.at(-1)!.through.length === 0).toBe(foreign !== undefined);
        }
      }),
      { numRuns: share(500) },
    );
  });
});
