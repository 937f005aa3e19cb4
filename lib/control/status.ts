import type { AddressFamily } from '../model/address';
import type { TransactionState } from './transaction';

/** Who an agent is and where its transaction stands: all that a deploy needs of a large fleet. All times are ISO 8601, UTC. */
export interface AgentSummary {
  readonly schemaVersion: number;
  /** Version of the agent. */
  readonly version: string;
  readonly node: string;
  /** Name of the fabric that runs; absent while none does. */
  readonly fabric?: string;
  readonly asNumber?: number;
  readonly routerId?: string;
  readonly startedAt: string;
  readonly transaction: Omit<TransactionState, 'deadline'> & {
    /** Milliseconds until the agent returns by itself; null while nothing awaits confirmation. */
    readonly returnsInMs: number | null;
  };
  /** How far the node is out of service: not, with its neighbours asked to go round it (RFC 8326), or with nothing told to them. */
  readonly service: 'full' | 'leaving' | 'none';
}

/** What the release on trial took from a node. */
export interface Losses {
  /** Whether the agent knows what it reached before; after a restart it does not. */
  readonly since: boolean;
  /** Prefixes that neighbours gave a path to before and that none leads to now, but over sessions that end. */
  readonly count: number;
  /** The first twenty; `isOffered`: a neighbour still offers a path, which policy, its next hop or the end of its session keeps from use. */
  readonly examples: readonly { readonly prefix: string; readonly isOffered: boolean }[];
}

/** What one agent says of itself, with all its sessions. */
export interface AgentStatus extends AgentSummary {
  readonly sessions: readonly SessionStatus[];
  readonly kernel: KernelStatus;
}

export interface SessionStatus {
  readonly key: string;
  readonly kind: 'mesh' | 'global' | 'node' | 'rack' | 'reflector';
  /** The object of the fabric that made it. */
  readonly origin: string;
  readonly remoteNode?: string;
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly port: number;
  readonly localAs: number;
  readonly remoteAs: number;
  readonly isInside: boolean;
  /** It stands only until the transaction is final. */
  readonly isRetiring: boolean;
  /** RFC 4271 section 8.2.2. */
  readonly state: 'Idle' | 'Connect' | 'Active' | 'OpenSent' | 'OpenConfirm' | 'Established';
  /** When it came into this state. */
  readonly since: string;
  /** Why it is kept down, where it is. */
  readonly down?: string;
  /** What went wrong last and when, in words; the neighbour's own where it said any. It may be long ago. */
  readonly lastError?: { readonly at: string; readonly text: string };
  readonly routes: Readonly<Partial<Record<AddressFamily, SessionRoutes>>>;
}

export interface SessionRoutes {
  readonly received: number;
  /** Of those received, the ones that import policy let in. */
  readonly accepted: number;
  readonly advertised: number;
  /** End-of-RIB came (RFC 4724 section 2). */
  readonly endOfRib: boolean;
}

export interface KernelStatus {
  /** Routes that BGP wants in the kernel and whose next hop can be reached. */
  readonly wanted: number;
  readonly installed: number;
  /** Routes that are not in the kernel as wanted, with the reason; at most 20. */
  readonly failed: readonly { readonly prefix: string; readonly reason: string }[];
  /** Next hops that cannot be reached now, with the number of routes that wait for each, or that led there when it was lost. */
  readonly waiting: readonly { readonly nextHop: string; readonly reason: string; readonly routes: number }[];
  /** Prefixes of workloads that this node advertises. */
  readonly workloads: number;
  /** What others did to this agent's routes since it started: all of it was mended. */
  readonly differences: Readonly<Record<FibDifference['kind'], number>>;
  /** When that was noticed last. */
  readonly lastDifference?: string;
  /** Routes of others to prefixes of this agent's at another metric; the lower metric has the traffic. At most 20. */
  readonly beside: readonly { readonly prefix: string; readonly protocol: string; readonly metric: number }[];
  /** Workloads of this node that other nodes advertise, too, with those. At most 20. */
  readonly duplicates: readonly { readonly prefix: string; readonly nodes: readonly string[] }[];
}

/** A route of this agent's that stood in the kernel otherwise than it had been put there. */
export interface FibDifference {
  readonly prefix: string;
  readonly kind: 'missing' | 'extra' | 'different';
  /** Who did it, as far as the kernel tells. */
  readonly by: string;
}

/** What a comparison of the kernel's table with what BGP chose found; it is mended when this is told. */
export interface FibCheck {
  readonly node: string;
  /** Routes of this agent's that stood in the kernel. */
  readonly routes: number;
  readonly missing: number;
  readonly extra: number;
  readonly different: number;
  /** The first twenty. */
  readonly examples: readonly FibDifference[];
  /** What was found came about after this; absent where nothing was compared before. */
  readonly since?: string;
  readonly tookMs: number;
  readonly kernel: KernelStatus;
}

/** One route of a node's table. */
export interface RouteStatus {
  readonly prefix: string;
  readonly isBest: boolean;
  /** `local`, or the address of the neighbour that it came from. */
  readonly from: string;
  readonly nextHop?: string;
  readonly asPath: string;
  readonly localPref?: number;
  readonly med?: number;
}

/** Something that happened, for people who follow along. */
export interface AgentEvent {
  /** Counts up from 1 in one run of the agent. */
  readonly sequence: number;
  readonly time: string;
  readonly kind: 'transaction' | 'session' | 'kernel' | 'workload' | 'agent';
  readonly message: string;
}
