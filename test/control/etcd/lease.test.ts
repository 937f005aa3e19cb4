import type { EtcdClient } from '../../../lib/control/etcd/client';
import { EtcdError, STATUS } from '../../../lib/control/etcd/error';
import { HeldLease } from '../../../lib/control/etcd/lease';

describe('a lease that is held', () => {
  const keepAlive = jest.fn<Promise<number>, []>();
  const transact = async () => true;
  const client = { grant: async () => 1, keepAlive, transact, revoke: async () => {} } as unknown as EtcdClient;
  const key = { put: 'k', value: '' };
  const lost = jest.fn();
  let lease: HeldLease;
  beforeEach(async () => {
    jest.useFakeTimers();
    keepAlive.mockReset().mockResolvedValue(30);
    lost.mockReset();
    lease = await HeldLease.hold(client, { ttl: 30, key, lost });
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
    await HeldLease.hold(client, { ttl: 30, key, lost: other });
    keepAlive.mockResolvedValue(0);
    await pass(10.5);
    expect(other).toHaveBeenCalledTimes(1);
  });
});

describe('a lease that any user may revoke until it has a key', () => {
  const notFound = () => new EtcdError(STATUS.notFound, 'etcdserver: requested lease not found', ['e1:2379']);
  const denied = () => new EtcdError(STATUS.denied, 'etcdserver: permission denied', ['e1:2379']);
  /** An etcd that has these leases; `refuse` is called before it takes a key, and may throw. */
  function etcd(refuse: (lease: number, leases: Set<number>) => void, grantMs = 0) {
    const leases = new Set<number>();
    const keys: unknown[] = [];
    const client = {
      grant: async (_: number, { id }: { readonly id: number }) => {
        await new Promise((resolve) => setTimeout(resolve, grantMs));
        leases.add(id);
      },
      transact: async (_: unknown, [change]: readonly { readonly lease: number }[]) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        refuse(change.lease, leases);
        if (!leases.has(change.lease)) throw notFound();
        keys.push(change);
        return true;
      },
      keepAlive: async () => 30,
      revoke: async (id: number) => void leases.delete(id),
    };
    return { client: client as unknown as EtcdClient, leases, keys };
  }
  const hold = (client: EtcdClient) =>
    HeldLease.hold(client, { ttl: 30, key: { put: 'k', value: 'v' }, lost: () => {} });

  test('has its key also if etcd took the key before the lease', async () => {
    const { client, keys } = etcd(() => {}, 5);
    const lease = await hold(client);
    expect(keys).toEqual([{ put: 'k', value: 'v', lease: lease.id }]);
    await lease.release();
  });

  test('is replaced by another if it was revoked before it had its key', async () => {
    const revoked = new Set<number>();
    const { client, leases, keys } = etcd((lease, all) => {
      if (revoked.size < 3 || revoked.has(lease)) all.delete(revoked.add(lease) && lease);
    });
    const lease = await hold(client);
    expect(revoked.size).toBe(3);
    expect([...leases]).toEqual([lease.id]);
    expect(keys).toEqual([{ put: 'k', value: 'v', lease: lease.id }]);
    await lease.release();
  });

  test('is not granted without end', async () => {
    const { client } = etcd((lease, all) => void all.delete(lease));
    await expect(hold(client)).rejects.toThrow('or somebody revoked it, which etcd does not log');
  });

  test('does not stay if its key may not be written', async () => {
    const { client, leases } = etcd(() => {
      throw denied();
    });
    await expect(hold(client)).rejects.toThrow('has no right to this key');
    expect([...leases]).toEqual([]);
  });
});
