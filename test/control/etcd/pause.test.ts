import { pauseBefore } from '../../../lib/control/etcd/pause';

describe('the pause before another attempt', () => {
  test('doubles, up to ten seconds', () => {
    expect([1, 2, 3, 6, 7, 1000].map((failures) => pauseBefore(failures, () => 1))).toEqual([
      200, 400, 800, 6400, 10_000, 10_000,
    ]);
  });

  test('is drawn from its second half, so that many do not return at once', () => {
    expect(pauseBefore(2, () => 0)).toBe(200);
  });
});
