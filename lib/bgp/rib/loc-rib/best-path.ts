import type { IpAddress } from '../../../model/address';
import { Candidates, COLUMN, type DecidingStep, type DecisionOptions } from './decision-process';

/** A path as plain values, for callers of the decision process outside the RIB. */
export interface PathValues {
  /** The neighbour's name. */
  readonly peer: string;
  readonly session: 'ebgp' | 'ibgp';
  /** BGP Identifier of the neighbour, 32 bits. */
  readonly routerId: number;
  readonly peerAddress: IpAddress;
  /** The AS from which the route was received, for comparing MED. */
  readonly neighborAs: number;
  readonly asPathLength: number;
  /** ORIGIN as on the wire: 0 IGP, 1 EGP, 2 INCOMPLETE. */
  readonly origin: 0 | 1 | 2;
  /** 0 if missing. */
  readonly med: number;
  readonly localPref: number;
  readonly igpMetric: number;
  /** ORIGINATOR_ID (RFC 4456). */
  readonly originatorId?: number;
  readonly clusterListLength: number;
  /** RFC 4271 section 9.1.2: a path whose next hop cannot be resolved is excluded. */
  readonly nextHopReachable: boolean;
  /** False for a path with a loop or one rejected by policy. */
  readonly eligible: boolean;
}

/** The best of several paths to one prefix: its index, or null if none is usable, and the deciding step. */
export function bestPath(
  paths: readonly PathValues[],
  options: DecisionOptions = {},
): { best: number | null; step: DecidingStep } {
  const usable = paths
    .map((_, index) => index)
    .filter((index) => paths[index].eligible && paths[index].nextHopReachable);
  const ranked = [...usable].sort((a, b) => byPeer(paths[a], paths[b]));
  const ranks = new Map<number, number>();
  let rank = 0;
  ranked.forEach((index, at) => {
    if (at > 0 && byPeer(paths[ranked[at - 1]], paths[index]) !== 0) rank++;
    ranks.set(index, rank);
  });
  const candidates = new Candidates();
  for (const index of usable) {
    const path = paths[index];
    const line = candidates.add();
    const values: Record<keyof typeof COLUMN, number> = {
      origination: 1,
      localPref: -path.localPref,
      asPathLength: path.asPathLength,
      origin: path.origin,
      med: path.med,
      neighbourAs: path.neighborAs,
      session: path.session === 'ebgp' ? 0 : 1,
      igpMetric: path.igpMetric,
      routerId: path.originatorId ?? path.routerId,
      clusterListLength: path.clusterListLength,
      peerAddress: ranks.get(index)!,
      pathId: 0,
    };
    for (const [name, value] of Object.entries(values))
      candidates.set(line, COLUMN[name as keyof typeof COLUMN], value);
  }
  const best = candidates.decide(options);
  return { best: best < 0 ? null : usable[best], step: candidates.step };
}

/** By address; two sessions to one address by name, so that the result does not depend on the order of the input. */
function byPeer(a: PathValues, b: PathValues): number {
  return a.peerAddress.compare(b.peerAddress) || (a.peer < b.peer ? -1 : a.peer > b.peer ? 1 : 0);
}
