import fc from 'fast-check';
import { NexthopResolver } from '../../../lib/kernel/fib/nexthop-resolver';
import { isSameReach, reachOf } from '../../../lib/kernel/fib/resolution/reach';
import { resolve } from '../../../lib/kernel/fib/resolution/resolution';
import { NexthopSets } from '../../../lib/kernel/fib/state/nexthop-sets';
import { IpAddress } from '../../../lib/model/address';
import { Prefix } from '../../../lib/model/prefix';
import { share } from '../../breadth';
import { ip, prefix, World } from '../routing-world';

/**
 * Next hops behind routes of ours, which are resolved without the kernel; it is asked about whatever else, and has no
 * route to it.
 */
const address = (n: number) => IpAddress.fromBytes(Uint8Array.of(10, 77, n >> 8, n & 255));
const COUNT = 3000;
const unreachable = { ask: (of: IpAddress) => `no route to next hop ${of}` };

function machine() {
  const world = new World();
  world.put({ to: '192.0.2.0/24', link: 1 });
  world.put({ to: '198.51.100.0/24', link: 2 });
  world.want({ to: '10.77.0.0/16', via: ['192.0.2.1'] });
  const { view } = world;
  const own: typeof view.own = (bytes, most) => world.view.own(bytes, most);
  const resolver = new NexthopResolver(unreachable, { ...view, own });
  let refreshed = 0;
  const targets: NexthopSets = new NexthopSets((hop) => {
    refreshed++;
    return resolver.resolve(hop);
  });
  const numbers = Array.from({ length: COUNT }, (_, n) => {
    const number = targets.intern({ via: [{ address: address(n) }] });
    targets.move(0, number);
    return number;
  });
  resolver.track(Array.from({ length: COUNT }, (_, n) => address(n)));
  resolver.takeNews(true);
  /** A route of ours to a prefix leads elsewhere; what came of it in turns in which so many are asked. */
  const change = (to: string, via: readonly string[], turn = Number.POSITIVE_INFINITY) => {
    world.want({ to, via });
    const { address: at, length } = prefix(to);
    const octets = new DataView(at.bytes.slice().buffer);
    const [asked, before] = [resolver.asked, refreshed];
    const changed = new Set<number>();
    resolver.forgetIn(0, Int32Array.of(octets.getInt32(0)), length);
    const lots: number[] = [];
    for (let isWhole = false; !isWhole; ) {
      const start = resolver.asked;
      isWhole = resolver.refresh(
        () => resolver.asked - start < turn,
        (one) => targets.usersOf(one) > 0,
      );
      for (const number of targets.refreshBy(resolver.takeMoved().addresses, false)) changed.add(number);
      lots.push(resolver.asked - start);
    }
    return { asked: resolver.asked - asked, refreshed: refreshed - before, changed, lots };
  };
  return { resolver, targets, numbers, change };
}

describe('of thousands of next hops', () => {
  test('those are looked at again, and their targets, that lead elsewhere', () => {
    const { targets, numbers, change } = machine();
    const before = targets.infoOf(numbers[5]);
    const { asked, refreshed, changed } = change('10.77.0.5/32', ['198.51.100.1']);
    expect([asked, refreshed]).toEqual([1, 1]);
    expect([...changed]).toEqual([numbers[5]]);
    expect(targets.infoOf(numbers[5])).not.toBe(before);
    expect(targets.infos.get(targets.infoOf(numbers[5])).hops).toMatchObject([
      { interface: 2, gateway: ip('198.51.100.1') },
    ]);
  });

  test('all are asked for that lie behind a next hop to which a route changes, be it none of them', () => {
    const { targets, numbers, change } = machine();
    expect(change('203.0.113.0/24', ['198.51.100.1']).asked).toBe(0);
    const { asked, changed } = change('192.0.2.1/32', ['198.51.100.1']);
    expect([asked, changed.size]).toEqual([COUNT, COUNT]);
    expect(targets.infos.get(targets.infoOf(numbers[5])).hops[0].interface).toBe(2);
  });

  test('those are asked for again that a link had a part in which changes, and no others', () => {
    const { resolver, targets, change } = machine();
    change('10.77.0.5/32', ['198.51.100.1']);
    const askedFor = (index: number) => {
      const { asked } = resolver;
      resolver.forgetLink(index);
      resolver.refresh(
        () => true,
        (one) => targets.usersOf(one) > 0,
      );
      return resolver.asked - asked;
    };
    expect([2, 1, 3].map(askedFor)).toEqual([1, COUNT, 0]); // the one has the other link as its second way
  });

  test('a link is news to those alone that are on it by its name', () => {
    const { resolver } = machine();
    resolver.takeMoved();
    resolver.linkChanged('l1');
    expect(resolver.takeMoved().links).toBe(false);
    resolver.resolve({ address: ip('10.0.0.9'), interface: 'l1' });
    resolver.linkChanged('l1');
    expect(resolver.takeMoved().links).toBe(true);
  });

  test('none has its targets looked at where a route changes and the way does not', () => {
    const { change } = machine();
    expect(change('10.77.0.0/16', ['192.0.2.1'])).toMatchObject({ refreshed: 0, changed: new Set() });
  });

  test('as many are asked for in a turn as there is time for, and in the end each leads where it shall', () => {
    const { targets, numbers, change } = machine();
    const { lots, refreshed, changed } = change('10.77.0.0/16', ['198.51.100.1'], 100);
    expect(Math.max(...lots)).toBeLessThanOrEqual(100);
    expect(lots.length).toBeGreaterThanOrEqual(COUNT / 100);
    expect([refreshed, changed.size]).toEqual([COUNT, COUNT]);
    for (const number of numbers) expect(targets.infos.get(targets.infoOf(number)).hops[0].interface).toBe(2);
  });

  test('those that nobody asks for and no route needs are let go of, and not asked for again', () => {
    const { resolver, targets, numbers, change } = machine();
    resolver.untrack(
      Array.from({ length: COUNT }, (_, n) => address(n)),
      (one) => targets.usersOf(one) > 0,
    );
    for (const number of numbers.slice(10)) targets.move(number, 0);
    targets.collect();
    expect(change('10.77.0.0/16', ['198.51.100.1']).asked).toBe(10);
    expect(resolver.release((one) => targets.usersOf(one) > 0)).toHaveLength(COUNT - 10);
    expect(resolver.reaches()).toHaveLength(10);
  });
});

test('whatever routes come and go, what is known after a change is what a look at everything finds', () => {
  const octet = fc.nat(3);
  const hop = fc.tuple(octet, octet).map(([a, b]) => `10.0.${a}.${b}`);
  const to = fc
    .tuple(hop, fc.constantFrom(0, 8, 23, 24, 30, 31, 32))
    .map(([of, length]) => String(Prefix.of(ip(of), length)));
  const own = fc.record({ own: to, via: fc.array(fc.oneof(hop, fc.constant('192.0.2.9')), { maxLength: 2 }) });
  const foreign = fc.record({
    to,
    link: fc.constantFrom(1, 2),
    metric: fc.constantFrom(0, 300),
    isThere: fc.boolean(),
    via: fc.option(fc.constant('192.0.2.8'), { nil: undefined }),
  });
  let moved = 0;
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 3, arbitrary: own }, { weight: 1, arbitrary: foreign }), {
        minLength: 5,
        maxLength: 30,
      }),
      (steps) => {
        const world = new World();
        world.put({ to: '192.0.2.0/24', link: 1 });
        const { view } = world;
        const around = { ...view, own: ((bytes, most) => world.view.own(bytes, most)) as typeof view.own };
        // The kernel's word is what the rules say.
        const ask = (of: IpAddress) => {
          const { ways, reason } = resolve(around, of);
          return ways[0] ?? reason;
        };
        const resolver = new NexthopResolver({ ask }, around);
        const all = [0, 1, 2, 3].flatMap((a) => [0, 1, 2, 3].map((b) => ip(`10.0.${a}.${b}`)));
        resolver.track(all);
        for (const one of steps) {
          const prefixOf = 'own' in one ? one.own : one.to;
          if ('to' in one) {
            const { isThere, via, ...route } = one;
            world.put({ ...route, ...(via !== undefined && { via }) }, isThere ? 'add' : 'remove');
          } else if (one.via.length === 0) world.own.delete(one.own);
          else world.want({ to: one.own, via: one.via });
          const { address: at, length } = prefix(prefixOf);
          resolver.forgetIn(0, Int32Array.of(new DataView(at.bytes.slice().buffer).getInt32(0)), length);
          resolver.refresh(
            () => true,
            () => false,
          );
          moved += resolver.takeMoved().addresses.length;
          const told = new Map(resolver.reaches().map((reach) => [String(reach.address), reach]));
          for (const of of all) {
            const now = reachOf(of, resolve(around, of));
            expect([String(of), isSameReach(told.get(String(of))!, now)]).toEqual([String(of), true]);
          }
        }
      },
    ),
    { numRuns: share(80), seed: 11 },
  );
  expect(moved).toBeGreaterThan(250);
});
