import type { EtcdClient, Listing } from '../etcd/client';
import { endOfPrefix, keyAfter, keyOctets } from '../etcd/key-range';
import type { FleetKeys } from './keys';
import { PAGE } from './pages';

/** What there is below `nodes/`, as of a revision. */
interface NodeNames {
  readonly revision: number;
  readonly nodes: readonly string[];
  /** How many keys without a lease no node can have written, by what they are below. */
  readonly strays: ReadonlyMap<string, number>;
}

/**
 * The nodes that have keys, however many each has: after the first page with keys of a node, its others are left out.
 * So a node that fills etcd costs one page.
 */
async function nodesWithKeys(etcd: EtcdClient, keys: FleetKeys): Promise<NodeNames> {
  const end = endOfPrefix(keys.nodes);
  const nodes = new Set<string>();
  const strays = new Map<string, number>();
  let from = keyOctets(keys.nodes);
  for (let revision = 0; ; ) {
    const page = await etcd.names(from, end, { limit: PAGE, revision });
    ({ revision } = page);
    for (const { key, lease } of page.keys) {
      const node = nodeOf(key, keys);
      if (node !== undefined) nodes.add(node);
      else if (lease === 0) strays.set(keys.place(key), 1 + (strays.get(keys.place(key)) ?? 0));
    }
    const last = page.keys.at(-1);
    if (!page.more || !last) return { revision, nodes: [...nodes], strays };
    const node = nodeOf(last.key, keys);
    const beyond = node === undefined ? last.octets : endOfPrefix(keys.ofNode(node));
    // A name that is not UTF-8 is not as long as it looks.
    from = Buffer.compare(beyond, last.octets) > 0 ? beyond : keyAfter(last.octets);
  }
}

/** Whose a key below `nodes/` is; undefined for one that no node may write. */
function nodeOf(key: string, { nodes }: FleetKeys): string | undefined {
  const [node, ...rest] = key.slice(nodes.length).split('/');
  return node !== '' && rest.length > 0 ? node : undefined;
}

/**
 * The keys of connected agents, and these others; nothing else that nodes may have written. Which others is asked when
 * the revision is known: a key that matters since, and is of before it, is reported by no watch from there on.
 */
export async function readAgents(
  etcd: EtcdClient,
  keys: FleetKeys,
  others: () => readonly string[] = () => [],
): Promise<Listing & NodeNames> {
  const { revision, nodes, strays } = await nodesWithKeys(etcd, keys);
  const found = await etcd.read([...nodes.map((node) => keys.agent(node)), ...others()], revision);
  return { revision, nodes, strays, keys: found };
}
