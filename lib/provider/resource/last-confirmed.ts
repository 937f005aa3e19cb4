import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { AgentSummary } from '../../control/status';
import { canonicalText } from '../../model/canonical';
import type { Fabric } from '../../model/fabric';
import { readAccepted } from '../../model/read';
import type { Fleet } from '../fleet';
import type { Survey } from '../survey';

/**
 * The last confirmed fabric, packed as a string: canonical, deflated, base64 (about 100 kB for 5,000 nodes). Kept in
 * private state while the state's own fabric is staged but not confirmed, because the impact of a change is relative to
 * what runs.
 */
export const packFabric = (fabric: Fabric): string => deflateRawSync(canonicalText(fabric)).toString('base64');

/** Unpacks the output of {@link packFabric}. */
export const unpackFabric = (packed: string): Fabric | undefined =>
  readAccepted(JSON.parse(inflateRawSync(Buffer.from(packed, 'base64')).toString('utf8'))).fabric;

/** Whether any of these agents has confirmed the release: all that had to be healthy under it then were. */
export const isConfirmed = (statuses: Iterable<AgentSummary>, release: unknown): boolean =>
  [...statuses].some(({ transaction }) => transaction.confirmed?.release === release);

/** What runs instead of the state's fabric: the packed fabric, and the endpoints of its agents. */
interface Instead {
  readonly packed: string;
  readonly endpoints: Readonly<Record<string, string>>;
}

/**
 * The fabric that most nodes have confirmed and run, if it is neither the state's nor the known one: a restored state
 * is outdated, and the impact of a change is relative to what runs. `names`: names in the state; `known` returns the
 * digest of the known one. Undefined if there is none, or no agent returns it.
 */
export async function confirmedInstead(
  fleet: Fleet,
  { statuses }: Survey,
  {
    release,
    names,
    known,
  }: { readonly release: unknown; readonly names: readonly string[]; readonly known: () => unknown },
): Promise<Instead | undefined> {
  if (isConfirmed(statuses.values(), release)) return undefined;
  const keepers = [...statuses].flatMap(([node, { transaction }]) => {
    const { confirmed, active } = transaction;
    return confirmed && confirmed.release === active?.release ? [{ node, confirmed }] : [];
  });
  const ours = keepers.filter(({ confirmed }) => names.includes(confirmed.fabric));
  const holders = new Map<string, string[]>();
  for (const { node, confirmed } of ours.length > 0 ? ours : keepers)
    holders.set(confirmed.release, [...(holders.get(confirmed.release) ?? []), node]);
  const [most] = [...holders].sort(([, one], [, other]) => other.length - one.length);
  // Under another name it is the same fabric, renamed since, if most nodes run it: single nodes may have moved to
  // another fabric.
  if (most && ours.length === 0 && 2 * most[1].length <= statuses.size) return undefined;
  if (!most || known() === most[0]) return undefined;
  try {
    const { release, endpoints } = await fleet.deployed(most[1][0]);
    return release.digest === most[0] ? { packed: packFabric(release.fabric), endpoints } : undefined;
  } catch {
    return undefined; // the plan falls back to the state
  }
}
