import { concurrently } from '../concurrency';
import type { EtcdClient, NamedKey, NamesPage } from '../etcd/client';
import { endOfPrefix, keyAfter, keyOctets } from '../etcd/key-range';
import { PAGE } from './agent-keys';
import type { FleetKeys } from './keys';

/** Keys that are deleted concurrently. */
const AT_ONCE = 16;

/**
 * Deletes what no agent and no deployer wrote, or needs any more: keys without a lease, and below `nodes/` those that
 * are neither an agent's nor an answer to a request that is there. Returns how many, by what they were below.
 */
export async function prune(etcd: EtcdClient, keys: FleetKeys): Promise<ReadonlyMap<string, number>> {
  const removed = new Map<string, number>();
  const requests = await requestsNow(etcd, keys);
  const isStray = (one: NamedKey) => one.lease === 0 || isUnanswering(one, keys, requests);
  for (const root of [keys.nodes, keys.body(''), keys.allRequests])
    for await (const { keys: page } of pages(etcd, root)) {
      const failed = await concurrently(page.filter(isStray), AT_ONCE, async (one) => {
        if (!(await etcd.removeUnchanged(one))) return;
        const below = root === keys.nodes ? `${root}${one.key.slice(root.length).split('/')[0]}/` : root;
        removed.set(below, (removed.get(below) ?? 0) + 1);
      });
      for (const [, error] of failed) throw error;
    }
  return removed;
}

/** The requests that were there at a revision. */
interface Requests {
  readonly revision: number;
  readonly names: ReadonlySet<string>;
}

async function requestsNow(etcd: EtcdClient, keys: FleetKeys): Promise<Requests> {
  const names = new Set<string>();
  let revision = 0;
  for await (const page of pages(etcd, keys.allRequests)) {
    ({ revision } = page);
    for (const { key } of page.keys) names.add(key);
  }
  return { revision, names };
}

/** A later answer may be to a later request. */
function isUnanswering({ key, modRevision }: NamedKey, keys: FleetKeys, { revision, names }: Requests): boolean {
  if (!key.startsWith(keys.nodes)) return false;
  const what = keys.read(key);
  if (what?.answer === undefined) return !what;
  return modRevision <= revision && !names.has(keys.request(what.node, what.answer));
}

/** All keys of a prefix, as of one revision. */
async function* pages(etcd: EtcdClient, prefix: string): AsyncGenerator<NamesPage> {
  const end = endOfPrefix(prefix);
  let revision = 0;
  for (let from = keyOctets(prefix); ; ) {
    const page = await etcd.names(from, end, { limit: PAGE, revision });
    ({ revision } = page);
    yield page;
    const last = page.keys.at(-1);
    if (!last || !page.more) return;
    from = keyAfter(last.octets);
  }
}
