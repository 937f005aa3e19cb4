import type { UnmetDemand } from '../../control/gate';
import type { TrialLosses } from '../../control/status';
import type { Fleet } from '../fleet';

/** Message for a lost prefix. */
const NO_PATH = 'no longer has a path';

/** Maximum number of faults listed per node. */
const MOST = 5;

/**
 * Of what nodes lost, the prefixes that another node still has a path to: one that no node has was withdrawn by its
 * origin, which is not the release's fault. An agent that was restarted since the activation does not know what it had.
 */
export async function lossesAmong(
  losses: ReadonlyMap<string, TrialLosses>,
  all: readonly Fleet[],
): Promise<UnmetDemand[]> {
  const found: UnmetDemand[] = [];
  const holders = new Map<string, string | undefined>();
  for (const [node, { count, examples }] of losses) {
    const faults: string[] = [];
    for (const { prefix, isOffered } of examples) {
      if (!isOffered && !holders.has(prefix)) holders.set(prefix, await holderOf(prefix, all));
      const holder = holders.get(prefix);
      if (isOffered) faults.push(`${prefix} ${NO_PATH}, although a neighbour of the node still offers one`);
      else if (holder) faults.push(`${prefix} ${NO_PATH}, although node ${holder} has one`);
    }
    found.push(...faults.slice(0, MOST).map((message) => ({ node, message })));
    const rest = count - examples.length + faults.length - MOST;
    if (faults.length > MOST) found.push({ node, message: `up to ${rest} more prefixes have no path` });
  }
  return found;
}

async function holderOf(prefix: string, all: readonly Fleet[]): Promise<string | undefined> {
  for (const fleet of all) {
    const [holder] = await fleet.holders(prefix);
    if (holder !== undefined) return holder;
  }
  return undefined;
}
