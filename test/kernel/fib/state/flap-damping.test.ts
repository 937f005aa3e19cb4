import { FlapDamping } from '../../../../lib/kernel/fib/state/flap-damping';

describe('a damping', () => {
  const times = (damping: FlapDamping, item: number, moments: number[]) =>
    moments.map((now) => damping.isFlapping(item, now));

  test('lets a few changes of a route be undone at once, and then no more', () => {
    const damping = new FlapDamping();
    expect(times(damping, 1, [0, 10, 20, 30, 40, 50, 60])).toEqual([false, false, false, false, false, true, true]);
    expect(damping.isFlapping(2, 60)).toBe(false);
  });

  test('forgets what was long ago', () => {
    const damping = new FlapDamping();
    expect(times(damping, 1, [0, 1, 2, 3, 4, 5, 20_000])).toEqual([false, false, false, false, false, true, false]);
  });

  test('holds until it was left alone for a while', () => {
    const damping = new FlapDamping();
    times(damping, 1, [0, 1, 2, 3, 4]);
    expect(times(damping, 1, [1000, 6000, 12_000, 18_000, 28_001])).toEqual([true, true, true, true, false]);
  });

  test('is not held by a swarm', () => {
    const damping = new FlapDamping();
    for (let item = 0; item < 100_000; item++) expect(damping.isFlapping(item, item / 1000)).toBe(false);
  });
});
