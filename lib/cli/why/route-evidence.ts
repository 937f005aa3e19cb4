import type { AgentStatus, RouteStatus, SessionStatus } from '../../control/status';

/** What a neighbouring node says of the prefix. */
export interface Told {
  readonly node: string;
  /** What it sends to the node in question, or why it does not; undefined: it is of an older version. */
  readonly towards: readonly RouteStatus[] | undefined;
}

/** What a node that has the route, and no session with the node in question, says of it towards a neighbour of its own. */
export interface Kept {
  readonly node: string;
  readonly session: SessionStatus;
  readonly route: RouteStatus;
}

/** What was found out about a prefix on a node. */
export interface RouteEvidence {
  readonly prefix: string;
  readonly status: AgentStatus;
  /** The node's own paths to it; where an address was asked for, before them those to longer prefixes of which none is in use. */
  readonly routes: readonly RouteStatus[];
  /** Where it has none: what the nodes say that it has sessions with. */
  readonly neighbours: readonly Told[];
  /** Where it has none: the status of the other nodes, or why one does not answer. */
  readonly others: readonly { readonly node: string; readonly status?: AgentStatus; readonly error?: string }[];
  /** Other nodes that have a path in use. */
  readonly holders: readonly string[];
  /** Other nodes that have paths of which none may be used. */
  readonly unused: readonly { readonly node: string; readonly route: RouteStatus }[];
  /** What those say that have it and are no neighbours of the node: where it begins or, if that is not known, all. */
  readonly kept: readonly Kept[];
}

/** Of all paths, the longest prefix first, those up to the first prefix of which one is in use. */
export function decisive(routes: readonly RouteStatus[]): readonly RouteStatus[] {
  const best = routes.find(({ isBest }) => isBest);
  return best ? routes.slice(0, routes.findLastIndex(({ prefix }) => prefix === best.prefix) + 1) : routes;
}
