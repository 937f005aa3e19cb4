import { Pace } from '../../../../lib/kernel/fib/state/pace';

test('what takes long and is asked for all the time is done at once a few times, and then in a hundredth of the time', () => {
  const pace = new Pace();
  const starts: number[] = [];
  for (let now = 0; now < 20_000; now++) {
    if (pace.wait(now) > 0) continue;
    starts.push(now);
    pace.done(now + 10, 10);
    now += 10;
  }
  expect(starts.slice(0, 5).every((at) => at < 100)).toBe(true);
  expect(starts.length).toBeLessThan(20_000 / 1000 + 7);
  expect(starts.length).toBeGreaterThan(20_000 / 1000 - 2);
});

test('after a while of nothing it is done at once again', () => {
  const pace = new Pace();
  for (let i = 0; i < 10; i++) pace.done(100 * i, 90);
  expect(pace.wait(1000)).toBeGreaterThan(0);
  expect(pace.wait(200_000)).toBe(0);
});
