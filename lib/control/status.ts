import type { AddressFamily } from '../model/address';
import type { WorkloadRoutes } from '../topology/outside-routes';
import type { BfdProcessStatus, BfdSessionStatus } from './bfd-status';
import type { Trial } from './demand';
import type { OutsideStatus } from './outside';
import type { TransactionState } from './transaction';

/**
 * Who an agent is and where its transaction stands: all that a deploy needs of a large fleet. All times are ISO 8601,
 * UTC.
 */
export interface AgentSummary {
  readonly schemaVersion: number;
  /** What the agent checks of what it is asked (`PROTOCOL`); absent: 1. */
  readonly protocol?: number;
  /** Version of the agent. */
  readonly version: string;
  readonly node: string;
  /** Name of the fabric that runs; absent while none does. */
  readonly fabric?: string;
  readonly asNumber?: number;
  readonly routerId?: string;
  readonly startedAt: string;
  readonly transaction: Omit<TransactionState, 'deadline' | 'trial' | 'upBy'> & {
    /** Who deployed what is here, for people (`ownerOf`); null where nothing is. */
    readonly owner: string | null;
    /** Milliseconds until the agent returns by itself; null while nothing awaits confirmation. */
    readonly returnsInMs: number | null;
  };
  /**
   * How far the node is out of service: not, with its neighbours asked to route around it (RFC 8326), or with nothing
   * advertised to them.
   */
  readonly service: 'full' | 'leaving' | 'none';
  /**
   * Outside neighbours with which a session is up, where they are asked for; older agents do not report it. What comes
   * is not checked: `readOutside` does.
   */
  readonly outside?: readonly OutsideStatus[];
  /**
   * The workload routes of its kernel; told with `outside`, older agents do not. What comes is not checked:
   * `readWorkloads` does.
   */
  readonly workloads?: WorkloadRoutes;
  /** There are sessions and none of them is up; told with `outside`, older agents do not. */
  readonly isCut?: true;
}

/** What the release on trial took from a node. */
export interface TrialLosses {
  /** Whether the agent knows what it reached before; after a restart it does not. */
  readonly since: boolean;
  /** Prefixes that neighbours gave a path to before and that none leads to now, but over sessions that end. */
  readonly count: number;
  /**
   * The first twenty; `isOffered`: a neighbour still offers a path, which policy, its next hop or the end of its
   * session keeps from use.
   */
  readonly examples: readonly { readonly prefix: string; readonly isOffered: boolean }[];
}

/** What one agent says of itself, with all its sessions. */
export interface AgentStatus extends AgentSummary {
  readonly sessions: readonly SessionStatus[];
  readonly kernel: KernelStatus;
  /**
   * What the release on trial is held to by outside neighbours; absent while none is on trial. Older agents do not
   * report it.
   */
  readonly trial?: Trial;
  /**
   * What log and events left out since the start, as others cause it as often as they like; older agents do not report
   * it.
   */
  readonly leftOut?: readonly LeftOutStatus[];
  /** Older agents do not report it. */
  readonly routeMemory?: RouteMemoryStatus;
  /** Absent: BFD watches no neighbour. Older agents do not report it. */
  readonly bfd?: BfdProcessStatus;
}

/** Messages of a kind that come faster than they are worth reading: how many, and when the last one came. */
export interface LeftOutStatus {
  readonly kind: string;
  /** For people, to stand after the number. */
  readonly what: string;
  readonly count: number;
  readonly last: string;
}

/** Memory that routes take, in octets. */
export interface RouteMemoryStatus {
  readonly used: number;
  readonly limit: number;
  /** Sessions that it ended since the agent started (Cease, Out of Resources). */
  readonly ended: number;
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
  /** Why it is kept down, where it is, in words. */
  readonly down?: string;
  /** The same for programs; agents of 0.1 do not report it. */
  readonly downBy?: 'admin-down' | 'secret' | 'prefix-limit' | 'awaits-bfd';
  /** The release does not count on it: `expect: 'down'`, or `adminDown`. */
  readonly expectsDown?: true;
  /** `adminDown` keeps it down; older agents do not report it. */
  readonly isAdminDown?: true;
  /** Its neighbour came unnamed, from a prefix, and may go as it came. */
  readonly isUnnamed?: true;
  /** What of it is Established otherwise than the release has it, as both hold until the commit. */
  readonly unmet?: string;
  /** AS number of the neighbour's last OPEN, where one came. */
  readonly openAs?: number;
  /**
   * When it was Established last and ended, and the subcode of the neighbour's Cease (RFC 4486) where that ended it.
   */
  readonly ended?: { readonly at: string; readonly cease?: number };
  /**
   * Why it is down, or was last, and when that was noticed, in words; the neighbour's own where it said any. What but
   * follows from it is left out, and what the network says since stands behind `; now:`. It may be long ago.
   */
  readonly lastError?: { readonly at: string; readonly text: string };
  /**
   * The last error of each kind since the session was up last, in the order in which they came: what `lastError` sums
   * up. Older agents do not report it.
   */
  readonly errors?: readonly SessionError[];
  /** The last NOTIFICATION, sent or received, whatever came after it. Older agents do not report it. */
  readonly lastNotification?: SessionError;
  readonly routes: Readonly<Partial<Record<AddressFamily, SessionRoutes>>>;
  /** Octets of memory that its routes take. Older agents do not report it. */
  readonly routeMemory?: number;
  /** Absent: BFD does not watch the neighbour. Older agents do not report it. */
  readonly bfd?: BfdSessionStatus;
}

/** Something that went wrong with a session, or who ended it. */
export interface SessionError {
  readonly at: string;
  /**
   * `ours`: of this node; `ended` and `said`: a NOTIFICATION; `key`: the signature, or the TTL; `network`, `silence`
   * and `echo`: the connection.
   */
  readonly kind: 'ours' | 'ended' | 'said' | 'key' | 'network' | 'silence' | 'echo';
  /** `sent` and `received`: a NOTIFICATION; `local`: the network, or a decision here. */
  readonly direction: 'sent' | 'received' | 'local';
  readonly text: string;
  /** What it is, where it is no NOTIFICATION and known; agents of 0.1 do not report it. */
  readonly reason?: 'refused' | 'unreachable' | 'silence' | 'own-address' | 'signature' | 'ttl';
  /**
   * `cause`: why the session is down, or was last; `since`: what the network says since. The two of `lastError`; agents
   * of 0.1 do not report it.
   */
  readonly is?: 'cause' | 'since';
  /** Of the NOTIFICATION. */
  readonly code?: number;
  readonly subcode?: number;
}

interface SessionRoutes {
  readonly received: number;
  /** Of those received, the ones that import policy let in. */
  readonly accepted: number;
  readonly advertised: number;
  /**
   * Of those received, the ones to martians (RFC 6890), which are not used; absent where the agent is of a version that
   * took them.
   */
  readonly martians?: number;
  /**
   * Of those received, the ones that went through this AS or its cluster before (RFC 4271 9.1.2, RFC 4456 8), as what a
   * neighbour sends back. Older agents do not report it.
   */
  readonly looped?: number;
  /** End-of-RIB came (RFC 4724 section 2). */
  readonly endOfRib: boolean;
  /**
   * Why routes with this node as next hop are not advertised, where they cannot be: there is no address that the
   * neighbour could use.
   */
  readonly withheld?: string;
}

export interface KernelStatus {
  /** Routes that BGP wants in the kernel and whose next hop can be reached. */
  readonly wanted: number;
  readonly installed: number;
  /** Routes that are not in the kernel as wanted, with the reason; at most 20. */
  readonly failed: readonly { readonly prefix: string; readonly reason: string }[];
  /**
   * Routes that are held back, for they would change how the node reaches its own addresses, links or neighbours: how
   * many, and at most 20 of them. Not counted as wanted. Absent: an agent that holds back none.
   */
  readonly withheld?: {
    readonly routes: number;
    readonly examples: readonly { readonly prefix: string; readonly reason: string }[];
  };
  /**
   * Prefixes for which the kernel table of the node, which is not main, has a `throw` route that sends the look-up on
   * to the next rule: how many, and at most 20 of them. Not counted as wanted. Absent: there are none, or the agent
   * writes none.
   */
  readonly passedOn?: {
    readonly prefixes: number;
    readonly examples: readonly { readonly prefix: string; readonly reason: string }[];
  };
  /**
   * More than 100,000 routes are on nexthop objects, and `net.ipv4.nexthop_compat_mode` is 1: where a next hop moves,
   * the kernel goes through all of its routes, a second for a million. Absent: not so.
   */
  readonly movesSlowly?: boolean;
  /**
   * Next hops that cannot be reached now, with the number of routes that wait for each, or that led there when it was
   * lost.
   */
  readonly waiting: readonly { readonly nextHop: string; readonly reason: string; readonly routes: number }[];
  /** Prefixes of workloads that this node advertises. */
  readonly workloads: number;
  /** What others did to this agent's routes since it started: all of it was repaired. */
  readonly differences: Readonly<Record<FibDifference['kind'], number>>;
  /** When that was noticed last. */
  readonly lastDifference?: string;
  /** What was said of it last: who did what to which routes, as far as the kernel tells. */
  readonly lastDisturbance?: string;
  /** Routes of others to prefixes of this agent's at another metric; the lower metric has the traffic. At most 20. */
  readonly beside: readonly { readonly prefix: string; readonly protocol: string; readonly metric: number }[];
  /** Workloads of this node that other nodes advertise, too, with those. At most 20. */
  readonly duplicates: readonly { readonly prefix: string; readonly nodes: readonly string[] }[];
}

/** A route of this agent's that stood in the kernel otherwise than it had been put there. */
interface FibDifference {
  readonly prefix: string;
  readonly kind: 'missing' | 'extra' | 'different';
  /** Who did it, as far as the kernel tells. */
  readonly by: string;
}

/** What a comparison of the kernel's table with what BGP chose found; it is repaired by the time this is reported. */
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

/** A rule of a filter. */
export interface RuleStatus {
  /** The filter that it is in; absent: it is none of the fabric's filters. */
  readonly filter?: string;
  /** Its place among the rules of that filter in its direction, from 1 on. */
  readonly number: number;
  readonly action: 'accept' | 'reject';
}

/** One route of a node's table, or one that it exchanges with a neighbour. */
export interface RouteStatus {
  readonly prefix: string;
  readonly isBest: boolean;
  /**
   * Why it is not the best one: what keeps it from use, or the step of the decision (RFC 4271 section 9.1.2) at which
   * it lost. Absent for the best. Of a route towards a neighbour: why it is not advertised; absent where it is.
   */
  readonly reason?: string;
  /**
   * The same as a word for programs: a step of the decision, or a row of docs/ineligible.md. Older agents do not report
   * it, nor what follows.
   */
  readonly code?: string;
  /** The rule that decided; absent: none did. */
  readonly rule?: RuleStatus;
  /**
   * Of a route towards a neighbour: what else keeps it from the neighbour, each of which would alone. Older agents do
   * not report it.
   */
  readonly also?: readonly { readonly code: string; readonly reason: string; readonly rule?: RuleStatus }[];
  /** Why the best one is not in the kernel, where it is held back. */
  readonly withheld?: string;
  /** `local`, or the address of the neighbour that it came from. */
  readonly from: string;
  readonly nextHop?: string;
  readonly asPath: string;
  readonly origin?: 'igp' | 'egp' | 'incomplete';
  readonly localPref?: number;
  readonly med?: number;
  /** Of all kinds, as filters write them. */
  readonly communities?: readonly string[];
  /** When it came, or changed last. */
  readonly since?: string;
  /** Kept over a restart of the neighbour (RFC 4724), and not sent again yet. */
  readonly isStale?: true;
}

/** How many routes each rule decided about. */
export interface RuleMatchesStatus {
  readonly rules: readonly (RuleStatus & { readonly routes: number })[];
  /** Those that no rule matched. */
  readonly unmatched: number;
}

/** What the filters of a session decide about the routes that it exchanges; a direction without rules is left out. */
export interface SessionMatches {
  /** Of the session. */
  readonly key: string;
  /** Routes that the neighbour has sent. */
  readonly import?: RuleMatchesStatus;
  /** Best routes that could be sent to it. */
  readonly export?: RuleMatchesStatus;
}

/** Something that happened, for people who follow along. */
export interface AgentEvent {
  /** Counts up from 1 in one run of the agent. */
  readonly sequence: number;
  readonly time: string;
  readonly kind: 'transaction' | 'session' | 'kernel' | 'workload' | 'agent' | 'stranger';
  readonly message: string;
}
