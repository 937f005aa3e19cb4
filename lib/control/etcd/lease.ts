import { pause } from '../pause';
import { type EtcdClient, newLeaseId } from './client';
import { EtcdError, STATUS } from './error';

/** How often in its life a lease is renewed. */
const RENEWALS = 3;

/** Milliseconds after which a renewal that failed is tried again: a busy etcd may fail to answer several in a row. */
const AGAIN_MS = 1_000;

/** How many leases are granted in a row of which each was revoked at once. */
const MOST_GRANTS = 8;

/** What is to become of a lease. */
interface LeaseOptions {
  /** Seconds after which it ends without a renewal. */
  readonly ttl: number;
  /**
   * A key that exists as long as the lease. etcd lets any user revoke a lease without keys, and another only who may
   * write all its keys: this one protects the lease from all who may not write it.
   */
  readonly key: { readonly put: string; readonly value: string };
  /** Called once if it ends otherwise than by {@link HeldLease.release}. */
  readonly lost: () => void;
  /** Milliseconds for each request. */
  readonly withinMs?: number;
}

/** A lease that is renewed until it is released or lost. */
export class HeldLease {
  private readonly closing = new AbortController();

  private constructor(
    private readonly client: EtcdClient,
    readonly id: number,
    private readonly ttl: number,
    private readonly lost: () => void,
  ) {
    void this.renew();
  }

  /** Grants a lease with its key; another one if somebody revoked it before it had the key. */
  static async hold(client: EtcdClient, { lost, ...options }: LeaseOptions): Promise<HeldLease> {
    for (let left = MOST_GRANTS; ; left--)
      try {
        return new HeldLease(client, await grantWithKey(client, options), options.ttl, lost);
      } catch (error) {
        if (!isNotFound(error) || left <= 1) throw error;
      }
  }

  /** Ends it, with its keys, if etcd can be reached. */
  async release(): Promise<void> {
    this.closing.abort();
    await this.client.revoke(this.id).catch(() => {}); // it ends by itself
  }

  /** Whether an answer is missing or says that it is gone: either way a new lease is to be granted. */
  private async renew(): Promise<void> {
    const { signal } = this.closing;
    let heard = performance.now();
    for (let left: number | undefined = this.ttl; !signal.aborted; ) {
      await pause(left === undefined ? AGAIN_MS : (this.ttl * 1000) / RENEWALS, signal);
      if (signal.aborted) return;
      const asked = performance.now();
      left = await this.client.keepAlive(this.id).catch(() => undefined);
      if (left !== undefined && left > 0) heard = asked;
      const isGone = left === 0 || performance.now() - heard > this.ttl * 1000;
      if (!isGone || signal.aborted) continue;
      this.closing.abort();
      this.lost();
    }
  }
}

/**
 * The key is put at the same moment: who learns of the lease comes too late to revoke it. If etcd takes the key before
 * the lease it refuses it, and it is put again.
 */
async function grantWithKey(client: EtcdClient, { ttl, key, withinMs }: Omit<LeaseOptions, 'lost'>): Promise<number> {
  const id = newLeaseId();
  const put = () => client.transact([], [{ ...key, lease: id }], withinMs);
  const [granted, early] = await Promise.allSettled([client.grant(ttl, { id, withinMs }), put()]);
  if (granted.status === 'rejected') throw granted.reason;
  try {
    if (early.status === 'rejected') await (isNotFound(early.reason) ? put() : Promise.reject(early.reason));
  } catch (error) {
    await client.revoke(id).catch(() => {}); // it ends by itself
    throw error;
  }
  return id;
}

const isNotFound = (error: unknown): boolean => error instanceof EtcdError && error.code === STATUS.notFound;
