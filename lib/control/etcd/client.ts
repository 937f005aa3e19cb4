import { randomInt } from 'node:crypto';
import type { EtcdConnection } from './connection';
import { EtcdError, STATUS } from './error';
import { endOfPrefix, keyAfter, keyOctets } from './key-range';
import { ALARMS, COMPARED, METHODS, type RequestOp, type StoredKey, storedKey, type WireComparison } from './messages';

/** Keys of one page of a range: a response stays at some megabytes. */
const PAGE = 500;

/** Ranges that are read in one transaction. */
const READ_AT_ONCE = 64;

/** Keys as they were at one revision. */
export interface Listing {
  readonly revision: number;
  readonly keys: readonly StoredKey[];
}

/** A key, also one that is not UTF-8. */
export interface NamedKey extends Omit<StoredKey, 'value'> {
  readonly octets: Uint8Array;
}

/** A part of a range. */
export interface NamesPage {
  readonly revision: number;
  readonly keys: readonly NamedKey[];
  /** There are more keys in the range. */
  readonly more: boolean;
}

/** A condition of a transaction. */
type Condition =
  | { readonly key: string; readonly exists: false }
  /** It was not deleted since; it may have been changed. */
  | { readonly key: string; readonly createRevision: number };

/** A change in a transaction. */
export type EtcdChange =
  | { readonly put: string; readonly value: string | Uint8Array; readonly lease?: number }
  | { readonly delete: string }
  /** Changes nothing, but has etcd ask its leader: conditions alone may be judged by a member that is behind. */
  | { readonly read: string };

interface GrantOptions {
  readonly id?: number;
  readonly withinMs?: number;
}

/** An id for a lease that none has. */
export const newLeaseId = (): number => randomInt(1, 2 ** 48 - 1);

/** Maximum number of changes in a transaction of etcd (`--max-txn-ops`). */
export const MOST_CHANGES = 128;

/** A client of etcd, over {@link EtcdConnection}. Every call throws {@link EtcdError}. */
export class EtcdClient {
  constructor(readonly connection: EtcdConnection) {}

  async get(key: string): Promise<StoredKey | undefined> {
    const { kvs } = await this.connection.unary(METHODS.range, { key: keyOctets(key) });
    return kvs.map(storedKey)[0];
  }

  /** Every key of a prefix, all of one revision, however many there are. */
  async list(prefix: string): Promise<Listing> {
    const rangeEnd = endOfPrefix(prefix);
    const keys: StoredKey[] = [];
    let revision = 0;
    let key = keyOctets(prefix);
    for (;;) {
      const page = await this.connection.unary(METHODS.range, { key, rangeEnd, limit: PAGE, revision });
      revision ||= page.header?.revision ?? 0;
      keys.push(...page.kvs.map(storedKey));
      if (!page.more || page.kvs.length === 0) return { revision, keys };
      key = keyAfter(page.kvs.at(-1)!.key!);
    }
  }

  /**
   * Up to so many keys of a range, from a key on, without their values; at the revision, or at the present one. etcd
   * reads the values anyway, but does not send them.
   */
  async names(
    from: Uint8Array,
    end: Uint8Array,
    { limit, revision = 0 }: { readonly limit: number; readonly revision?: number },
  ): Promise<NamesPage> {
    const range = { key: from, rangeEnd: end, limit, revision, keysOnly: true };
    const page = await this.connection.unary(METHODS.range, range);
    return { revision: revision || (page.header?.revision ?? 0), keys: page.kvs.map(namedKey), more: page.more };
  }

  /** Those of these keys that exist, at a revision. */
  async read(keys: readonly string[], revision: number): Promise<readonly StoredKey[]> {
    const pages = await this.ranges(keys.map((key) => ({ key: keyOctets(key), revision })));
    return pages.flatMap(({ kvs = [] }) => kvs.map(storedKey));
  }

  /** How many keys each of these prefixes has. etcd knows that without reading them. */
  async counts(prefixes: readonly string[]): Promise<readonly number[]> {
    const range = (prefix: string) => ({ key: keyOctets(prefix), rangeEnd: endOfPrefix(prefix), countOnly: true });
    return (await this.ranges(prefixes.map(range))).map(({ count = 0 }) => count);
  }

  private async ranges(all: readonly NonNullable<RequestOp['range']>[]) {
    const pages = [];
    for (let i = 0; i < all.length; i += READ_AT_ONCE) {
      const success = all.slice(i, i + READ_AT_ONCE).map((range) => ({ range }));
      const { responses } = await this.connection.unary(METHODS.txn, { success });
      pages.push(...responses.flatMap(({ range }) => range ?? []));
    }
    return pages;
  }

  /** Carries out all changes if all conditions hold; returns whether they did. */
  async transact(
    conditions: readonly Condition[],
    changes: readonly EtcdChange[],
    withinMs?: number,
  ): Promise<boolean> {
    const request = { compare: conditions.map(comparison), success: changes.map(operation) };
    return (await this.connection.unary(METHODS.txn, request, withinMs)).succeeded;
  }

  /** Deletes a key, unless it has changed; returns whether it did. */
  async removeUnchanged({ octets, modRevision }: NamedKey): Promise<boolean> {
    const compare = [{ key: octets, target: COMPARED.mod, modRevision }];
    const success = [{ delete: { key: octets } }];
    return (await this.connection.unary(METHODS.txn, { compare, success })).succeeded;
  }

  /** Forgets what was before a revision. */
  async compact(revision: number): Promise<void> {
    await this.connection.unary(METHODS.compact, { revision });
  }

  /**
   * Grants a lease of so many seconds; returns its id. Any user may revoke it until it has a key: {@link HeldLease}.
   * The id is of our own choice, because those of etcd exceed 2^53. One in use is refused.
   */
  async grant(ttl: number, { id = newLeaseId(), withinMs }: GrantOptions = {}): Promise<number> {
    const { error } = await this.connection.unary(METHODS.grant, { ttl, id }, withinMs);
    if (error !== '') throw new EtcdError(undefined, error, this.connection.access.hosts);
    return id;
  }

  /** Renews a lease; returns its remaining seconds, 0 if it no longer exists. */
  async keepAlive(id: number): Promise<number> {
    return (await this.connection.unary(METHODS.keepAlive, { id })).ttl;
  }

  /** Ends a lease, and deletes its keys. */
  async revoke(id: number): Promise<void> {
    await this.connection.unary(METHODS.revoke, { id }).catch((error: EtcdError) => {
      if (error.code !== STATUS.notFound) throw error;
    });
  }

  /** Names of the alarms that are raised, such as NOSPACE. */
  async alarms(): Promise<readonly string[]> {
    const { alarms } = await this.connection.unary(METHODS.alarm, {});
    return [...new Set(alarms.map(({ alarm = 0 }) => ALARMS[alarm] ?? `number ${alarm}`))].sort();
  }

  /**
   * Whether etcd applies rights: whether its authentication is enabled. AuthStatus would say so to root alone, and not
   * in etcd 3.4; the refusal of a password tells everybody. etcd logs that one was refused.
   */
  async hasRights(): Promise<boolean> {
    const password = { name: 'peerform-asks-whether-rights-apply' };
    return this.connection.unary(METHODS.authenticate, password).then(
      () => true,
      (error: EtcdError) => {
        if (error.isElsewhere) throw error;
        return error.code !== STATUS.precondition;
      },
    );
  }

  close(): void {
    this.connection.close();
  }
}

const namedKey = (kv: Parameters<typeof storedKey>[0]): NamedKey => ({
  ...storedKey(kv),
  octets: kv.key ?? Uint8Array.of(),
});

const comparison = (condition: Condition): WireComparison => ({
  key: keyOctets(condition.key),
  ...('exists' in condition
    ? { target: COMPARED.version, version: 0 }
    : { target: COMPARED.create, createRevision: condition.createRevision }),
});

function operation(change: EtcdChange): RequestOp {
  if ('read' in change) return { range: { key: keyOctets(change.read), keysOnly: true } };
  if ('delete' in change) return { delete: { key: keyOctets(change.delete) } };
  return { put: { key: keyOctets(change.put), value: Buffer.from(change.value), lease: change.lease ?? 0 } };
}
