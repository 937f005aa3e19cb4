import fc from 'fast-check';
import { type Hop, routeInfo } from '../../../../lib/kernel/codec/route-info';
import { NexthopSets } from '../../../../lib/kernel/fib/state/nexthop-sets';
import { IpAddress } from '../../../../lib/model/address';

const hop = (link: number): Hop => ({ interface: link, weight: 1, onlink: false });
const infoOn = (link: number) => routeInfo('unicast', [hop(link)]);

describe('route infos', () => {
  test('that nobody has any more give their numbers to others, however many links come and go', () => {
    const targets = new NexthopSets(() => 'nowhere');
    const kept = targets.infos.intern(infoOn(1));
    let link = 2;
    let releases = 0;
    for (let round = 0; round < 4000; round++) {
      targets.infos.intern(infoOn(link++));
      if (!targets.infos.areMany) continue;
      releases++;
      targets.releaseInfos((number) => number === kept);
    }
    expect(releases).toBeGreaterThan(5);
    expect(releases).toBeLessThan(20);
    expect(targets.infos.limit).toBeLessThan(300);
    expect(targets.infos.get(kept)).toEqual(infoOn(1));
    expect(targets.infos.intern(infoOn(1))).toBe(kept);
  });

  test('that targets have are kept, and so are those that somebody asks for meanwhile', () => {
    const address = IpAddress.fromBytes(Uint8Array.of(10, 0, 0, 1));
    const targets = new NexthopSets(() => [{ ...hop(7), gateway: address }]);
    const number = targets.intern({ via: [{ address }] });
    targets.move(0, number);
    const had = targets.infoOf(number);
    const lost = targets.infos.intern(infoOn(9));
    targets.releaseInfos(() => false);
    expect(targets.infos.get(targets.infoOf(number)).hops).toEqual([{ ...hop(7), gateway: address }]);
    expect(targets.infos.intern(infoOn(10))).toBe(lost);
    expect([
      targets.infoOf(number),
      targets.infos.intern(routeInfo('unicast', [{ ...hop(7), gateway: address }])),
    ]).toEqual([had, had]);
    expect(targets.infos.same(had, lost)).toBe(false);
  });

  test('are each its own, whatever was let go of before', () => {
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.record({ take: fc.nat(40) }) },
      { weight: 3, arbitrary: fc.record({ drop: fc.nat(40) }) },
      { weight: 1, arbitrary: fc.constant('release' as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 200 }), (steps) => {
        const targets = new NexthopSets(() => 'nowhere');
        const held = new Map<number, number>();
        for (const one of steps) {
          if (one === 'release') targets.releaseInfos((number) => [...held.values()].includes(number));
          else if ('drop' in one) held.delete(one.drop);
          else held.set(one.take, targets.infos.intern(infoOn(one.take)));
          for (const [link, number] of held) expect(targets.infos.get(number)).toEqual(infoOn(link));
          expect(new Set(held.values()).size).toBe(held.size);
          const numbers = [...held.values()];
          for (const a of numbers) for (const b of numbers.slice(0, 3)) expect(targets.infos.same(a, b)).toBe(a === b);
        }
      }),
      { numRuns: 25, seed: 11 },
    );
  });
});
