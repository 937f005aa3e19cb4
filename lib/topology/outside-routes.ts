/** Prefixes that an outside neighbour sends with the same attributes and next hop, before import policy. */
export interface SentSet {
  /** Hexadecimal path attributes in wire format, with four-octet AS numbers. A NEXT_HOP among them is ignored. */
  readonly attributes: string;
  readonly nextHop: string;
  readonly prefixes: readonly string[];
}

/** What an outside neighbour sends, possibly truncated. */
export interface SentRoutes {
  /** Number of prefixes it sends, which may exceed those in `sets` if truncated. */
  readonly received: number;
  readonly sets: readonly SentSet[];
}

/** An established session of a node with an outside neighbour, and the routes received over it. */
export interface OutsideSession {
  readonly node: string;
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** BGP identifier of the neighbour. */
  readonly routerId: number;
  /** Key of what it sends in {@link OutsideRoutes.routes}. */
  readonly routes: string;
  /**
   * What the neighbour retains the node's routes over. Undefined if the node's agent did not report it; such an agent
   * always closes the sessions that it resets with a NOTIFICATION.
   */
  readonly retains?: Retains | undefined;
}

/**
 * How much a neighbour retains routes over: nothing, loss of the connection (RFC 4724), or also a NOTIFICATION (RFC
 * 8538).
 */
export const RETAINS = ['nothing', 'connection-loss', 'notification'] as const;
export type Retains = (typeof RETAINS)[number];

/** A workload route in a node's kernel: its prefix, and the name of its interface if it has one. */
export type WorkloadRoute = readonly [prefix: string, link?: string];

/** The workload routes of a node, possibly truncated. */
export interface WorkloadRoutes {
  /** Total number, which may exceed those in `routes` if truncated. */
  readonly number: number;
  readonly routes: readonly WorkloadRoute[];
}

/**
 * What the nodes of a fabric receive from outside and from their kernels. Identical data from several nodes is stored
 * once.
 */
export interface OutsideRoutes {
  readonly sessions: readonly OutsideSession[];
  readonly routes: Readonly<Record<string, SentRoutes>>;
  /** By node; undefined if its workloads are not known. */
  readonly workloads?: Readonly<Record<string, WorkloadRoutes>>;
  /** What is not known: the reason, for users, and the nodes that it concerns. */
  readonly unknown: Readonly<Record<string, readonly string[]>>;
}

/** Nothing is known about the outside. */
export const NOTHING_HEARD: OutsideRoutes = { sessions: [], routes: {}, unknown: {} };

/** Number of prefixes. */
export const prefixesIn = ({ sets }: SentRoutes): number =>
  sets.reduce((sum, { prefixes }) => sum + prefixes.length, 0);
