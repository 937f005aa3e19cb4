/** Prefixes that an outside neighbour sends with the same attributes and next hop, before any policy. */
export interface SentSet {
  /**
   * Hexadecimal: path attributes as on the wire, with AS numbers of four octets; a NEXT_HOP among them counts for
   * nothing.
   */
  readonly attributes: string;
  readonly nextHop: string;
  readonly prefixes: readonly string[];
}

/** What an outside neighbour sends, or as much of it as is kept. */
export interface SentRoutes {
  /** How many prefixes it sends; more than are in `sets` where it was cut. */
  readonly received: number;
  readonly sets: readonly SentSet[];
}

/** A session of a node with an outside neighbour that is up, and what comes over it. */
export interface OutsideSession {
  readonly node: string;
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** BGP identifier of the neighbour. */
  readonly routerId: number;
  /** Names what it sends: one of {@link OutsideRoutes.routes}. */
  readonly routes: string;
  /**
   * Over what it retains the node's routes; absent: the node's agent did not say, and ends sessions that it resets with
   * a NOTIFICATION in any case.
   */
  readonly retains?: Retains | undefined;
}

/**
 * The most over which a neighbour retains routes: nothing, the loss of the connection (RFC 4724), a NOTIFICATION as
 * well (RFC 8538).
 */
export const RETAINS = ['nothing', 'connection-loss', 'notification'] as const;
export type Retains = (typeof RETAINS)[number];

/** A workload route that a node's kernel has: its prefix, and the name of its interface where it has one. */
export type WorkloadRoute = readonly [prefix: string, link?: string];

/** The workload routes of a node, or as many of them as are kept. */
export interface WorkloadRoutes {
  /** How many there are; more than are in `routes` where these were cut. */
  readonly number: number;
  readonly routes: readonly WorkloadRoute[];
}

/** What the nodes of a fabric receive from outside and from their kernels, each thing once, however many hear it. */
export interface OutsideRoutes {
  readonly sessions: readonly OutsideSession[];
  readonly routes: Readonly<Record<string, SentRoutes>>;
  /** By node; absent: which workloads it has is not known. */
  readonly workloads?: Readonly<Record<string, WorkloadRoutes>>;
  /** What is not known, by reason, for people; each with the nodes that it concerns. */
  readonly unknown: Readonly<Record<string, readonly string[]>>;
}

/** Nothing is known of the outside. */
export const NOTHING_HEARD: OutsideRoutes = { sessions: [], routes: {}, unknown: {} };

/** Prefixes that are in it. */
export const prefixesIn = ({ sets }: SentRoutes): number =>
  sets.reduce((sum, { prefixes }) => sum + prefixes.length, 0);
