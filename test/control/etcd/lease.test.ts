import type { EtcdClient } from '../../../lib/control/etcd/client';
import { HeldLease } from '../../../lib/control/etcd/lease';

describe('a lease that is held', () => {
  const keepAlive = jest.fn<Promise<number>, []>();
  const client = { grant: async () => 1, keepAlive, revoke: async () => {} } as unknown as EtcdClient;
  const lost = jest.fn();
  let lease: HeldLease;
  beforeEach(async () => {
    jest.useFakeTimers();
    keepAlive.mockReset().mockResolvedValue(30);
    lost.mockReset();
    lease = await HeldLease.hold(client, 30, lost);
  });
  afterEach(async () => {
    await lease.release();
    jest.useRealTimers();
  });
  const pass = (seconds: number) => jest.advanceTimersByTimeAsync(seconds * 1000);

  test('is renewed three times in its life', async () => {
    await pass(30.5);
    expect(keepAlive).toHaveBeenCalledTimes(3);
    expect(lost).not.toHaveBeenCalled();
  });

  test('is renewed again a second after that failed, as long as it lasts', async () => {
    keepAlive.mockRejectedValue(new Error('etcd does not respond'));
    await pass(12.5);
    expect(keepAlive).toHaveBeenCalledTimes(3);
    keepAlive.mockResolvedValue(30);
    await pass(10);
    expect(keepAlive).toHaveBeenCalledTimes(4);
    expect(lost).not.toHaveBeenCalled();
  });

  test('is lost when it could not be renewed in its life, and at once when it is gone', async () => {
    keepAlive.mockRejectedValue(new Error('etcd does not respond'));
    await pass(29);
    expect(lost).not.toHaveBeenCalled();
    await pass(3);
    expect(lost).toHaveBeenCalledTimes(1);
    const other = jest.fn();
    await HeldLease.hold(client, 30, other);
    keepAlive.mockResolvedValue(0);
    await pass(10.5);
    expect(other).toHaveBeenCalledTimes(1);
  });
});
