import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { AgentSummary } from '../../control/status';
import { canonicalText } from '../../model/canonical';
import type { Fabric } from '../../model/fabric';
import { readAccepted } from '../../model/read';
import type { Fleet, Survey } from '../fleet';

/**
 * The fabric that was last confirmed, packed as a string: canonical, deflated, base64 (that of 5,000 nodes has some 100
 * kB). It is kept beside a state whose own fabric was staged and is not confirmed yet, since a change does to the
 * network what it does to what runs.
 */
export const packFabric = (fabric: Fabric): string => deflateRawSync(canonicalText(fabric)).toString('base64');

/** Reads what {@link packFabric} wrote. */
export const unpackFabric = (packed: string): Fabric | undefined =>
  readAccepted(JSON.parse(inflateRawSync(Buffer.from(packed, 'base64')).toString('utf8'))).fabric;

/** Whether any of these agents has confirmed the release: then all that had to were healthy under it. */
export const isConfirmed = (statuses: Iterable<AgentSummary>, release: unknown): boolean =>
  [...statuses].some(({ transaction }) => transaction.confirmed?.release === release);

/** What runs instead of what the state says: the fabric, packed, and where the agents of its nodes are reached. */
interface Instead {
  readonly packed: string;
  readonly endpoints: Readonly<Record<string, string>>;
}

/**
 * The fabric that most nodes have confirmed and run, where it is neither the state's nor the one that is known: a state
 * that was restored says what ran once, and a change does to the network what it does to what runs. `names`: those that
 * the state knows it by; `known` gives the digest of that one. Undefined: there is no such one, or no agent tells it.
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
  // Under another name it is this fabric, renamed since, if most run it: single nodes may have gone to another one.
  if (most && ours.length === 0 && 2 * most[1].length <= statuses.size) return undefined;
  if (!most || known() === most[0]) return undefined;
  try {
    const { release, endpoints } = await fleet.deployed(most[1][0]);
    return release.digest === most[0] ? { packed: packFabric(release.fabric), endpoints } : undefined;
  } catch {
    return undefined; // the plan uses what the state says
  }
}
