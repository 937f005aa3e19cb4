import { concurrently } from '../concurrency';
import type { EtcdClient, NamedKey } from '../etcd/client';
import type { FleetKeys } from './keys';
import { pagesBelow } from './pages';

/** Keys that are deleted concurrently. */
const AT_ONCE = 16;

/** Answers that a node may have for a moment after their requests are gone: its agent deletes them by itself. */
const MOST_OWN = 100;

/**
 * Deletes what no agent and no deployer wrote, or needs any more: keys without a lease, and below `nodes/` those that
 * are neither an agent's nor an answer to a request that is there. Answers that connected agents delete by themselves
 * are left to them. Returns how many, by what they were below.
 */
export async function prune(etcd: EtcdClient, keys: FleetKeys): Promise<ReadonlyMap<string, number>> {
  const removed = new Map<string, number>();
  const requests = await requestsNow(etcd, keys);
  const own = new OwnAnswers(keys);
  const isStray = (one: NamedKey) => (!own.has(one) && isUnanswering(one, keys, requests)) || one.lease === 0;
  for await (const { keys: page } of pagesBelow(etcd, keys.root)) {
    const failed = await concurrently(page.filter(isStray), AT_ONCE, async (one) => {
      if (!(await etcd.removeUnchanged(one))) return;
      const below = keys.place(one.key);
      removed.set(below, (removed.get(below) ?? 0) + 1);
    });
    for (const [, error] of failed) throw error;
  }
  return removed;
}

/** Answers with the lease of an agent's key, which comes before them. */
class OwnAnswers {
  private agent: { readonly node: string; readonly lease: number } | undefined;
  private count = 0;

  constructor(private readonly keys: FleetKeys) {}

  /** To be asked of all keys, in order: a node that has many such answers did not leave them to its agent. */
  has({ key, lease }: NamedKey): boolean {
    const what = this.keys.read(key);
    if (!what) return false;
    if (what.answer === undefined) {
      this.agent = { node: what.node, lease };
      this.count = 0;
    } else if (this.agent?.node === what.node && this.agent.lease === lease) return ++this.count <= MOST_OWN;
    return false;
  }
}

/** The requests that were there at a revision. */
interface Requests {
  readonly revision: number;
  readonly names: ReadonlySet<string>;
}

async function requestsNow(etcd: EtcdClient, keys: FleetKeys): Promise<Requests> {
  const names = new Set<string>();
  let revision = 0;
  for await (const page of pagesBelow(etcd, keys.allRequests)) {
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
