import { pause } from '../pause';
import type { EtcdClient, Listing } from './client';
import type { EtcdError } from './error';
import { endOfPrefix, keyOctets } from './key-range';
import { EVENT, keyText, METHODS, type StoredKey, storedKey, type WatchResponse } from './messages';
import { pauseBefore } from './pause';

/** Who follows a prefix. Nothing of it may throw. */
interface Follower {
  /** Whether a key matters; what is put under any other is not looked at. Default: all. */
  wants?(key: string): boolean;
  /** A key that is new or changed, in order. */
  put(stored: StoredKey): void;
  gone(key: string): void;
  /** The keys were read as a whole, at first and after each interruption; changes meanwhile were reported before. */
  current?(): void;
  /** etcd is at an earlier revision than it was before: it was restored from a backup. */
  restored?(): void;
  /** It was interrupted, and is retried. */
  interrupted?(why: EtcdError): void;
}

/**
 * Follows the keys of a prefix. It reads them all, and then watches from the next revision. After an interruption,
 * including a compaction past the revision that it saw, it reads them again and reports the differences. So whatever
 * happened, the follower has the present keys; what came and went meanwhile it does not learn.
 */
export class PrefixWatch {
  private readonly known = new Map<string, number>();
  private readonly closing = new AbortController();
  private revision = 0;
  /** Attempts in a row in which nothing was watched. */
  private failures = 0;

  constructor(
    private readonly client: EtcdClient,
    private readonly prefix: string,
    private readonly follower: Follower,
    /** Reads the keys that matter. Default: all. */
    private readonly list: () => Promise<Listing> = () => client.list(prefix),
  ) {
    void this.run();
  }

  close(): void {
    this.closing.abort();
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      try {
        await this.read();
        if (signal.aborted) return;
        this.follower.current?.();
        await this.follow();
      } catch (error) {
        if (signal.aborted) return;
        this.follower.interrupted?.(this.client.connection.explained(error as Error));
        await pause(pauseBefore(++this.failures), signal);
      }
    }
  }

  private async read(): Promise<void> {
    const { revision, keys } = await this.list();
    if (this.closing.signal.aborted) return;
    const present = new Set(keys.map(({ key }) => key));
    const isRestored = revision < this.revision;
    this.revision = revision;
    if (isRestored) this.follower.restored?.();
    for (const key of [...this.known.keys()]) if (!present.has(key)) this.forget(key);
    for (const stored of keys) if (this.known.get(stored.key) !== stored.modRevision) this.learn(stored);
  }

  /** Until the stream ends: returns if the keys are to be read again at once, throws if it failed. */
  private async follow(): Promise<void> {
    const { signal } = this.closing;
    const stream = await this.client.connection.stream(METHODS.watch);
    const cancel = () => stream.cancel();
    try {
      await new Promise<void>((resolve, reject) => {
        stream.on('error', reject);
        stream.on('end', () => reject(new Error('etcd ended the watch')));
        stream.on('data', (response: WatchResponse) => {
          if (signal.aborted) return;
          if (response.canceled && response.compactRevision > 0) resolve();
          else if (response.canceled) reject(new Error(response.cancelReason || 'etcd cancelled the watch'));
          else this.take(response);
        });
        signal.addEventListener('abort', cancel, { once: true });
        if (signal.aborted) cancel();
        const range = { key: keyOctets(this.prefix), rangeEnd: endOfPrefix(this.prefix) };
        stream.write({ create: { ...range, startRevision: this.revision + 1, fragment: true } });
      });
    } finally {
      signal.removeEventListener('abort', cancel);
      stream.cancel();
    }
  }

  private take({ header, events }: WatchResponse): void {
    this.failures = 0;
    for (const { type, kv } of events) {
      const key = keyText(kv ?? {});
      if (type === EVENT.delete) this.forget(key);
      else if (this.follower.wants?.(key) ?? true) this.learn(storedKey(kv ?? {}));
    }
    this.revision = Math.max(this.revision, header?.revision ?? 0);
  }

  private learn(stored: StoredKey): void {
    this.known.set(stored.key, stored.modRevision);
    this.follower.put(stored);
  }

  private forget(key: string): void {
    if (this.known.delete(key)) this.follower.gone(key);
  }
}
