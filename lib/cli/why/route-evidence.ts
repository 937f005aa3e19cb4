import { isIneligibility, isOfLoop } from '../../bgp/rib/adj-rib-in/ineligibility';
import type { AgentStatus, RouteStatus, SessionStatus } from '../../control/status';
import { isLoopedInWords } from './older-agents';
import type { OtherNode, StateWays } from './ways';

/**
 * What a node that has the route says of it towards a neighbour from which it could come nearer to the node in
 * question.
 */
export interface Told {
  readonly node: string;
  readonly session: SessionStatus;
  /** What it sends, or why it does not; undefined: its agent is of an older version. */
  readonly routes: readonly RouteStatus[] | undefined;
}

/** A prefix that an entry of the fabric has a node advertise. */
export interface AdvertisingEntry {
  readonly node: string;
  /** The one in question, or one that contains it. */
  readonly prefix: string;
}

/** What was found out about a prefix on a node. */
export interface RouteEvidence {
  readonly prefix: string;
  readonly status: AgentStatus;
  /**
   * The node's own paths to it; where an address was asked for, before them those to longer prefixes of which none is
   * in use.
   */
  readonly routes: readonly RouteStatus[];
  /**
   * Where the path in use comes from: those of the nodes before this one, the nearest first, as far as they can tell.
   */
  readonly trail?: readonly { readonly status: AgentStatus; readonly route: RouteStatus }[];
  /**
   * There is a path in use, but to a shorter prefix than the one that the fabric has advertised: what follows is about
   * that one.
   */
  readonly isShorter?: true;
  readonly others: readonly OtherNode[];
  /** Other nodes that have a path in use. */
  readonly holders: readonly string[];
  /** Other nodes that have paths of which none may be used. */
  readonly unused: readonly { readonly node: string; readonly route: RouteStatus }[];
  /** By which ways it could have come; absent: they were not needed yet. */
  readonly ways?: StateWays;
  readonly told: readonly Told[];
  readonly claims: readonly AdvertisingEntry[];
  /** Nodes that reflect routes; undefined: it is not known which do. */
  readonly reflectors?: ReadonlySet<string>;
}

/**
 * Whether a path went through this AS or its cluster before: a neighbour sends back what it got from here, which does
 * not explain why nothing else arrived.
 */
export const isLooped = (route: RouteStatus): boolean =>
  route.code === undefined ? isLoopedInWords(route) : isIneligibility(route.code) && isOfLoop(route.code);

/** Of all paths, the longest prefix first, those up to the first prefix of which one is in use. */
export function decisive(routes: readonly RouteStatus[]): readonly RouteStatus[] {
  const best = routes.find(({ isBest }) => isBest);
  return best ? routes.slice(0, routes.findLastIndex(({ prefix }) => prefix === best.prefix) + 1) : routes;
}
