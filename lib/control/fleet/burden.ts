import { concurrently } from '../concurrency';
import type { EtcdClient, Listing } from '../etcd/client';
import { endOfPrefix, keyOctets } from '../etcd/key-range';
import { FleetKeys } from './keys';
import { PAGE } from './pages';

/** What a node has in etcd that its agent does not write, or more than it writes. */
export interface Burden {
  readonly node: string;
  /** How many keys it has. */
  readonly keys: number;
  /** How many of them have no lease, so that they stay; of the first {@link PAGE}. */
  readonly unleased: number;
}

/** Nodes whose keys are read concurrently. */
const AT_ONCE = 8;

/** Keys of a node that are too many: one says that it is connected, and each request under way has an answer. */
const MANY = 200;

/** The nodes with keys that no agent writes. Only keys of nodes that have more than one are read, and few of these. */
export async function burdensOf(
  etcd: EtcdClient,
  keys: FleetKeys,
  { nodes, keys: agents }: { readonly nodes: readonly string[] } & Pick<Listing, 'keys'>,
): Promise<readonly Burden[]> {
  const counts = await etcd.counts(nodes.map((node) => keys.ofNode(node)));
  const leases = new Map(agents.map(({ key, lease }) => [key, lease]));
  const burdens: Burden[] = [];
  const failed = await concurrently(nodes.entries(), AT_ONCE, async ([i, node]) => {
    const lease = leases.get(keys.agent(node));
    const isAlone = counts[i] === 1 && lease !== undefined;
    const unleased = isAlone ? Number(lease === 0) : await unleasedOf(etcd, keys.ofNode(node));
    if (unleased > 0 || counts[i] > MANY) burdens.push({ node, keys: counts[i], unleased });
  });
  for (const [, error] of failed) throw error;
  return burdens.sort((a, b) => a.node.localeCompare(b.node, 'en', { numeric: true }));
}

async function unleasedOf(etcd: EtcdClient, prefix: string): Promise<number> {
  const { keys } = await etcd.names(keyOctets(prefix), endOfPrefix(prefix), { limit: PAGE });
  return keys.filter(({ lease }) => lease === 0).length;
}

/** What it is, and how it is removed. */
export function describeBurden({ node, keys, unleased }: Burden, prefix: string, hasAgent: boolean): string {
  const what = `${node} has ${keys} ${keys === 1 ? 'key' : 'keys'} in etcd`;
  const why =
    unleased > 0
      ? `${unleased === keys ? '' : `at least ${unleased} of them `}without a lease, which no agent writes: they stay until they are removed`
      : 'more than an agent writes';
  const below = new FleetKeys(prefix).ofNode(node);
  return `${what}, ${why}. Anyone who has its certificate can write them. Remove them with peerform fleet prune, or all of them with etcdctl del --prefix ${below}${hasAgent ? ', after which its agent connects again' : ''}`;
}
