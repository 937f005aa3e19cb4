import { pause } from '../pause';
import type { EtcdClient } from './client';

/** How often in its life a lease is renewed. */
const RENEWALS = 3;

/** Milliseconds after which a renewal that failed is tried again: a busy etcd may fail to answer several in a row. */
const AGAIN_MS = 1_000;

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

  /** Grants a lease. `lost` is called once if it ends otherwise than by {@link release}. */
  static async hold(client: EtcdClient, ttl: number, lost: () => void, withinMs?: number): Promise<HeldLease> {
    return new HeldLease(client, await client.grant(ttl, withinMs), ttl, lost);
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
