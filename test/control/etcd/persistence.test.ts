import { EtcdError, STATUS } from '../../../lib/control/etcd/error';
import { persistently } from '../../../lib/control/etcd/persistence';

const failing = (times: number, code: number) => {
  let left = times;
  return async () => {
    if (left-- > 0) throw new EtcdError(code, 'etcdserver: no leader', ['e1:2379']);
    return 'done';
  };
};

describe('what is tried persistently', () => {
  test.each([
    ['while etcd has no leader', STATUS.unavailable],
    ['while it does not respond', STATUS.deadline],
    ['if the connection broke off in the middle', STATUS.internal],
  ])('is repeated %s', async (_, code) => {
    expect(await persistently(60_000, failing(2, code))).toBe('done');
  });

  test('is repeated at least every two seconds, however long it fails', async () => {
    jest.useFakeTimers();
    const until = performance.now() + 20_000;
    let last = performance.now();
    let longest = 0;
    const done = persistently(60_000, async () => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
      if (last < until) throw new EtcdError(STATUS.unavailable, 'etcdserver: no leader', ['e1:2379']);
    });
    await jest.advanceTimersByTimeAsync(30_000);
    jest.useRealTimers();
    await done;
    expect(longest).toBeLessThanOrEqual(2_000);
    expect(last).toBeLessThan(until + 2_000);
  });

  test('fails at once if etcd refuses it', async () => {
    await expect(persistently(60_000, failing(1, STATUS.denied))).rejects.toThrow(
      'etcd at e1:2379: etcd has no leader',
    );
  });

  test('fails when its time is over', async () => {
    await expect(persistently(0, failing(99, STATUS.unavailable))).rejects.toThrow('most of its members must be up');
  });
});
