import type { EtcdClient } from '../etcd/client';
import { endOfPrefix, keyOctets } from '../etcd/key-range';
import type { FleetKeys } from './keys';
import { pages } from './pages';

/** Keys without a lease that no node can have written. */
export interface Strays {
  /** What they have in common. */
  readonly below: string;
  readonly keys: number;
  /** There may be more: only so many keys were read. */
  readonly isPart?: true;
}

/** Keys that are read: there are some hundred at most while a deploy is under way. */
const MOST_READ = 1024;

/** Those among nodes' keys, by what they are below, and those elsewhere: all keys of deployers have a lease. */
export async function straysOf(
  etcd: EtcdClient,
  keys: FleetKeys,
  amongNodes: ReadonlyMap<string, number>,
): Promise<readonly Strays[]> {
  const found = new Map<string, number>();
  let read = 0;
  for (const [begin, end] of [
    [keyOctets(keys.root), keyOctets(keys.nodes)],
    [endOfPrefix(keys.nodes), endOfPrefix(keys.root)],
  ])
    for await (const page of pages(etcd, begin, end)) {
      for (const { key, lease } of page.keys)
        if (lease === 0) found.set(keys.place(key), 1 + (found.get(keys.place(key)) ?? 0));
      read += page.keys.length;
      if (read >= MOST_READ) break;
    }
  const isPart = read >= MOST_READ;
  return [
    ...[...amongNodes].map(([below, count]) => ({ below, keys: count })),
    ...[...found].map(([below, count]): Strays => ({ below, keys: count, ...(isPart && { isPart }) })),
  ].sort((a, b) => (a.below < b.below ? -1 : 1));
}

/** What they are, and how they are removed. */
export function describeStrays({ below, keys, isPart }: Strays): string {
  const [what, they] = keys === 1 ? ['1 key', 'it stays until it is'] : [`${keys} keys`, 'they stay until they are'];
  const least = isPart ? 'at least ' : '';
  return `etcd has ${least}${what} without a lease below ${below}, which no agent or deployer writes: ${they} removed. Anyone who has the certificate of a deployer or of root can write them. Remove them with peerform fleet prune`;
}
