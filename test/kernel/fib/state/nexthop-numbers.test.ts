import fc from 'fast-check';
import { NexthopNumbers } from '../../../../lib/kernel/fib/state/nexthop-numbers';

const SPAN = 0x10000;
/** All numbers that there are, in the order in which they are given. */
function rest(give: () => number | undefined): number[] {
  const all: number[] = [];
  for (let id = give(); id !== undefined; id = give()) all.push(id);
  return all;
}

describe('the numbers of nexthop objects', () => {
  test('are of one protocol each: no two protocols share one', () => {
    const [ours, others] = [new NexthopNumbers(114), new NexthopNumbers(115)];
    const [one, other] = [ours.forMember()!, others.forMember()!];
    expect([one, other].map((id) => [ours.isOurs(id), others.isOurs(id)])).toEqual([
      [true, false],
      [false, true],
    ]);
    for (const id of [0, 1, 0xffffffff]) expect(ours.isOurs(id)).toBe(false);
  });

  test('are given once each until they run out, the last quarter of them to members alone', () => {
    const numbers = new NexthopNumbers(114);
    const groups = rest(() => numbers.forGroup());
    const members = rest(() => numbers.forMember());
    expect([groups.length, members.length]).toEqual([0.75 * SPAN, 0.25 * SPAN - 1]);
    const all = new Set([...groups, ...members]);
    expect([all.size, [...all].every((id) => numbers.isOurs(id))]).toEqual([SPAN - 1, true]);
    numbers.giveBack(groups[7]);
    expect([numbers.forGroup(), numbers.forMember(), numbers.forMember()]).toEqual([undefined, groups[7], undefined]);
  });

  test('are not used again at once: what the kernel still says of one that is gone is not taken for the next', () => {
    const numbers = new NexthopNumbers(114);
    const first = numbers.forMember()!;
    numbers.giveBack(first);
    expect(numbers.forMember()).not.toBe(first);
  });

  test('are none that somebody has, whoever took them and whatever came back', () => {
    const step = fc.record({
      n: fc.integer({ min: 1, max: 12 }),
      do: fc.constantFrom('member', 'take', 'back' as const),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const numbers = new NexthopNumbers(114);
        const base = new NexthopNumbers(114).forMember()! - 1;
        const had = new Set<number>();
        for (const { n, do: what } of steps) {
          if (what === 'take') {
            numbers.take(base + n);
            had.add(base + n);
          } else if (what === 'back') {
            numbers.giveBack(base + n);
            had.delete(base + n);
          } else {
            const id = numbers.forMember()!;
            expect([had.has(id), numbers.isOurs(id)]).toEqual([false, true]);
            had.add(id);
          }
        }
      }),
    );
  });
});
