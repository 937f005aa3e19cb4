import { Brake } from '../../../../lib/kernel/fib/state/flap-damping';

describe('a brake', () => {
  const times = (brake: Brake, item: number, moments: number[]) => moments.map((now) => brake.tooOften(item, now));

  test('lets a few changes of a route be undone at once, and then no more', () => {
    const brake = new Brake();
    expect(times(brake, 1, [0, 10, 20, 30, 40, 50, 60])).toEqual([false, false, false, false, false, true, true]);
    expect(brake.tooOften(2, 60)).toBe(false);
  });

  test('forgets what was long ago', () => {
    const brake = new Brake();
    expect(times(brake, 1, [0, 1, 2, 3, 4, 5, 20_000])).toEqual([false, false, false, false, false, true, false]);
  });

  test('holds until it was left alone for a while', () => {
    const brake = new Brake();
    times(brake, 1, [0, 1, 2, 3, 4]);
    expect(times(brake, 1, [1000, 6000, 12_000, 18_000, 28_001])).toEqual([true, true, true, true, false]);
  });

  test('is not held by a swarm', () => {
    const brake = new Brake();
    for (let item = 0; item < 100_000; item++) expect(brake.tooOften(item, item / 1000)).toBe(false);
  });
});
