import { isIneligibility, isOfLoop } from '../../bgp/rib/adj-rib-in/ineligibility';
import type { AgentStatus, RouteStatus, SessionStatus } from '../../control/status';
import { isLoopedInWords } from './older-agents';
import type { OtherNode, StateWays } from './ways';

/** What a node that has the route sends to a neighbour through which it could get closer to the node in question. */
export interface Told {
  readonly node: string;
  readonly session: SessionStatus;
  /** What it sends, or why it does not; undefined for an older agent. */
  readonly routes: readonly RouteStatus[] | undefined;
}

/** A prefix that an entry of the fabric has a node advertise. */
export interface AdvertisingEntry {
  readonly node: string;
  /** The requested one, or one that contains it. */
  readonly prefix: string;
}

/** Evidence about a prefix on a node. */
export interface RouteEvidence {
  readonly prefix: string;
  readonly status: AgentStatus;
  /** The node's own paths; for an address, preceded by those to longer prefixes of which none is in use. */
  readonly routes: readonly RouteStatus[];
  /** Where the path in use comes from: the nodes before this one, nearest first, as far as known. */
  readonly trail?: readonly { readonly status: AgentStatus; readonly route: RouteStatus }[];
  /** A path is in use, but to a shorter prefix than the fabric advertises: the rest is about the latter. */
  readonly isShorter?: true;
  readonly others: readonly OtherNode[];
  /** Other nodes with a path in use. */
  readonly holders: readonly string[];
  /** Other nodes that only have unusable paths. */
  readonly unused: readonly { readonly node: string; readonly route: RouteStatus }[];
  /** Ways by which it could have come. Unset: not needed yet. */
  readonly ways?: StateWays;
  readonly told: readonly Told[];
  readonly claims: readonly AdvertisingEntry[];
  /** Route reflectors; undefined if not known. */
  readonly reflectors?: ReadonlySet<string>;
}

/**
 * Whether a path looped through this AS or cluster: a neighbour sends back what it received from here, which does not
 * explain why nothing else arrived.
 */
export const isLooped = (route: RouteStatus): boolean =>
  route.code === undefined ? isLoopedInWords(route) : isIneligibility(route.code) && isOfLoop(route.code);

/** Of all paths, longest prefix first, those up to the first prefix with one in use. */
export function decisive(routes: readonly RouteStatus[]): readonly RouteStatus[] {
  const best = routes.find(({ isBest }) => isBest);
  return best ? routes.slice(0, routes.findLastIndex(({ prefix }) => prefix === best.prefix) + 1) : routes;
}
