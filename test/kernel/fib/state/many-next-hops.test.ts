import fc from 'fast-check';
import { type Hop, routeInfo } from '../../../../lib/kernel/codec/route-info';
import { AddressIndex } from '../../../../lib/kernel/fib/resolution/address-index';
import { NexthopObjects } from '../../../../lib/kernel/fib/state/nexthop-objects';
import type { BgpNextHop } from '../../../../lib/kernel/fib/state/nexthop-set';
import { NexthopSets } from '../../../../lib/kernel/fib/state/nexthop-sets';
import { IpAddress } from '../../../../lib/model/address';

const address = (n: number) => IpAddress.fromBytes(Uint8Array.of(10, 77, n >> 8, n & 255));
const hopTo = (gateway: IpAddress): Hop => ({ interface: 5, gateway, weight: 1, onlink: false });

/**
 * Targets on nexthop objects, with a kernel that does whatever it is asked. `looks`: groups that were looked at one by
 * one.
 */
function machine() {
  const world = { looks: 0, requests: 0 };
  const objects: NexthopObjects = new NexthopObjects(114, { refused: () => {}, gone: (group) => targets.gone(group) });
  const all = objects.all.bind(objects);
  objects.all = function* () {
    for (const group of all()) {
      world.looks++;
      yield group;
    }
  };
  const targets: NexthopSets = new NexthopSets(({ address: to }: BgpNextHop) => [hopTo(to!)], objects);
  targets.endGrace();
  const settle = () => {
    targets.toMove();
    targets.collect();
    while (objects.isDue)
      for (const [i] of objects.ask(100).entries()) {
        world.requests++;
        objects.answered(i, 0, '');
      }
    targets.collect();
  };
  return { world, objects, targets, settle };
}

describe('many next hops', () => {
  test('that come and go one by one have no other one looked at, and leave nothing', () => {
    const { world, objects, targets, settle } = machine();
    const count = 500;
    const numbers = Array.from({ length: count }, (_, n) => {
      const number = targets.intern({ via: [{ address: address(n) }] });
      targets.move(0, number);
      settle();
      return number;
    });
    expect([...objects.all()]).toHaveLength(count);
    expect(world.requests).toBe(2 * count); // a member and a group for each
    world.looks = 0;
    for (const number of numbers) {
      targets.move(number, 0);
      settle();
    }
    expect(world).toEqual({ looks: 0, requests: 4 * count });
    expect([...objects.all()]).toHaveLength(0);
    expect(targets.size).toBe(0);
    expect(targets.usersOf(address(7))).toBe(0);
  });

  test('are refused nexthop objects where numbers run out, and none is asked for without a number', () => {
    const refused: string[] = [];
    const objects = new NexthopObjects(114, { refused: (_, reason) => refused.push(reason), gone: () => {} });
    let made = 0;
    let isZero = false;
    for (let n = 0; n < 60_000; n++) {
      const group = objects.make(() => n);
      if (!group) continue;
      made++;
      objects.want(group, routeInfo('unicast', [hopTo(address(n))]));
      while (objects.isDue)
        for (const [i, request] of objects.ask(100).entries()) {
          isZero ||= ('object' in request ? request.object.id : request.id) === 0;
          objects.answered(i, 0, '');
        }
    }
    expect(made).toBeGreaterThan(16_384);
    expect(made).toBeLessThan(60_000);
    expect([isZero, refused]).toEqual([false, []]);
  });

  test('without nexthop objects, where numbers ran out, take no more numbers of route infos each time that they lead elsewhere', () => {
    const objects = new NexthopObjects(114, { refused: () => {}, gone: () => {} });
    while (objects.make(() => 1));
    let gateway = address(1);
    const targets = new NexthopSets(() => [hopTo(gateway)], objects);
    const number = targets.intern({ via: [{ address: address(9) }] });
    targets.move(0, number);
    for (let n = 0; n < 100; n++) {
      gateway = address(n % 2);
      targets.refresh();
    }
    expect(targets.infos.limit).toBeLessThan(5);
  });

  test('are counted by the targets that have them', () => {
    const targets = new NexthopSets(({ address: to }) => (to!.bytes[3] % 2 === 0 ? [hopTo(to!)] : 'not reached'));
    const pair = targets.intern({ via: [{ address: address(1) }, { address: address(2) }] });
    const lost = targets.intern({ via: [{ address: address(1) }] });
    for (let i = 0; i < 3; i++) targets.move(0, pair);
    targets.move(0, lost);
    expect([1, 2, 3].map((n) => targets.usersOf(address(n)))).toEqual([4, 3, 0]);
    expect(targets.waiting()).toMatchObject([{ prefixes: 1, reason: 'not reached' }]);
    targets.move(lost, 0);
    targets.collect();
    expect(targets.waiting()).toEqual([]);
    expect([1, 2].map((n) => targets.usersOf(address(n)))).toEqual([3, 3]);
  });
});

test('an index of addresses does as a list does, whatever comes and goes', () => {
  const step = fc.record({ n: fc.nat(2000), isThere: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { minLength: 300, maxLength: 1500 }), fc.nat(2000), fc.nat(32), (steps, of, length) => {
      const index = new AddressIndex();
      const list = new Set<number>();
      for (const { n, isThere } of steps) {
        if (isThere) index.add(address(n));
        else index.delete(address(n));
        if (isThere) list.add(n);
        else list.delete(n);
      }
      expect(index.size).toBe(list.size);
      const mask = length === 0 ? 0 : (-1 << (32 - length)) | 0;
      const base = 0x0a4d0000;
      const key = Int32Array.of((base + of) & mask);
      const expected = [...list].filter((n) => ((base + n) & mask) === key[0]).sort((a, b) => a - b);
      expect([...index.within(key, length)].map(String)).toEqual(expected.map((n) => String(address(n))));
      expect(index.has(key, length)).toBe(expected.length > 0);
    }),
    { numRuns: 40 },
  );
});
