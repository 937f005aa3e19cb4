import type { AddressFamily } from '../model/address';
import type { WorkloadRoutes } from '../topology/outside-routes';
import type { BfdProcessStatus, BfdSessionStatus } from './bfd-status';
import type { Trial } from './demand';
import type { OutsideStatus } from './outside';
import type { TransactionState } from './transaction';

/**
 * Identity of an agent and the state of its transaction: all that a deploy needs from a large fleet. All times are ISO
 * 8601, UTC.
 */
export interface AgentSummary {
  readonly schemaVersion: number;
  /** What the agent verifies in requests (`PROTOCOL`). Default: 1. */
  readonly protocol?: number;
  /** Version of the agent. */
  readonly version: string;
  readonly node: string;
  /** Name of the running fabric; absent if there is none. */
  readonly fabric?: string;
  readonly asNumber?: number;
  readonly routerId?: string;
  readonly startedAt: string;
  readonly transaction: Omit<TransactionState, 'deadline' | 'trial' | 'upBy'> & {
    /** The owner of what is deployed here, for display (`ownerOf`); null if nothing is. */
    readonly owner: string | null;
    /** Milliseconds until the agent rolls back automatically; null while nothing awaits confirmation. */
    readonly returnsInMs: number | null;
  };
  /** Whether the node is in service, has asked its neighbours to route around it (RFC 8326), or advertises nothing. */
  readonly service: 'full' | 'leaving' | 'none';
  /**
   * Outside neighbours with an established session, if requested; older agents do not report it. Not validated:
   * `readOutside` does that.
   */
  readonly outside?: readonly OutsideStatus[];
  /**
   * The workload routes of its kernel; reported with `outside`, not by older agents. Not validated: `readWorkloads`
   * does that.
   */
  readonly workloads?: WorkloadRoutes;
  /** It has sessions and none is established; reported with `outside`, not by older agents. */
  readonly isCut?: true;
}

/** What a node lost under the release on trial. */
export interface TrialLosses {
  /** Whether the agent knows what it reached before; not after a restart. */
  readonly since: boolean;
  /** Prefixes that neighbours provided a path to before and that now have none, except over sessions being removed. */
  readonly count: number;
  /**
   * The first twenty; `isOffered`: a neighbour still offers a path, which is excluded by policy, its next hop or the
   * end of its session.
   */
  readonly examples: readonly { readonly prefix: string; readonly isOffered: boolean }[];
}

/** The full status of an agent, with all its sessions. */
export interface AgentStatus extends AgentSummary {
  readonly sessions: readonly SessionStatus[];
  readonly kernel: KernelStatus;
  /**
   * The demands of the release on trial on outside neighbours; absent while none is on trial. Older agents do not
   * report it.
   */
  readonly trial?: Trial;
  /**
   * What log and events omitted since the start, as others can cause it without limit; older agents do not report it.
   */
  readonly leftOut?: readonly LeftOutStatus[];
  /** Older agents do not report it. */
  readonly routeMemory?: RouteMemoryStatus;
  /** Absent if no neighbour has BFD. Older agents do not report it. */
  readonly bfd?: BfdProcessStatus;
}

/** Messages of a kind that arrive too fast to log each: their number, and the time of the last one. */
export interface LeftOutStatus {
  readonly kind: string;
  /** For display after the number. */
  readonly what: string;
  readonly count: number;
  readonly last: string;
}

/** Memory used by routes, in octets. */
export interface RouteMemoryStatus {
  readonly used: number;
  readonly limit: number;
  /** Sessions closed because of it since the agent started (Cease, Out of Resources). */
  readonly ended: number;
}

/** Why a session without addresses has no neighbour. */
export type LinkHindrance =
  | 'no-interface'
  | 'no-match'
  | 'link-down'
  | 'no-carrier'
  | 'no-link-local'
  /** Its MTU is too small for IPv6. */
  | 'mtu'
  | 'duplicate-address'
  /** The machine would make the neighbour its default router. */
  | 'default-route'
  | 'privilege'
  /** The system refuses what the search needs. */
  | 'socket'
  /** A station has connected, and does not advertise itself. */
  | 'unadvertised'
  /** Nothing is wrong here: no neighbour has advertised itself. */
  | 'silent';

/** A station on a link without addresses that is not the neighbour. */
interface LinkStation {
  /** Its link-local address. */
  readonly address: string;
  /** Whether it has advertised itself. Otherwise it has connected. */
  readonly advertises: boolean;
}

/** The other stations on the link of a session without addresses, which are refused, or wait for their turn. */
export interface LinkStations {
  /** The first ones in about the order of their turns; absent if there are none. */
  readonly otherStations?: readonly LinkStation[];
  /** How many more there are; `isLeast`: and more that are not remembered. Older agents do not report it. */
  readonly moreStations?: { readonly count: number; readonly isLeast: boolean };
}

/** An AS number that is not known. */
export const UNKNOWN_AS = 0;

export interface SessionStatus extends LinkStations {
  readonly key: string;
  readonly kind: 'mesh' | 'global' | 'node' | 'rack' | 'reflector';
  /** The object of the fabric that defines it. */
  readonly origin: string;
  readonly remoteNode?: string;
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly port: number;
  readonly localAs: number;
  /** {@link UNKNOWN_AS} if any is accepted and none was received yet. */
  readonly remoteAs: number;
  /** The neighbour's address, if the session has none in the fabric and one was found on its link. */
  readonly linkLocal?: string;
  /** The pattern that its interface matches, if its entry names no interface: it is one of several. */
  readonly pattern?: string;
  readonly isInside: boolean;
  /** It only exists until the transaction is finalised. */
  readonly isRetiring: boolean;
  /** RFC 4271 section 8.2.2. */
  readonly state: 'Idle' | 'Connect' | 'Active' | 'OpenSent' | 'OpenConfirm' | 'Established';
  /** When it entered this state. */
  readonly since: string;
  /** Why it is kept down, if it is, for display. */
  readonly down?: string;
  /** The same for programs; agents of 0.1 do not report it. */
  readonly downBy?: 'admin-down' | 'secret' | 'awaits-neighbour' | 'prefix-limit' | 'awaits-bfd';
  /** Why it awaits its neighbour, if it does. */
  readonly linkHindrance?: LinkHindrance;
  /**
   * A default route learned from router advertisements leads over the link of a session without addresses, and what to
   * do, for display. Older agents do not report it.
   */
  readonly learnedDefault?: string;
  /** The release does not expect it to be up: `expect: 'down'`, or `adminDown`. */
  readonly expectsDown?: true;
  /** `adminDown` keeps it down; older agents do not report it. */
  readonly isAdminDown?: true;
  /** Its neighbour is unnamed, accepted from a prefix, and may disappear. */
  readonly isUnnamed?: true;
  /** Properties of an established session that differ from the release, as both are permitted until the commit. */
  readonly unmet?: string;
  /**
   * Families of the session that the neighbour's OPEN lacks while it is established: their routes are not exchanged.
   * Older agents do not report it, nor the next two fields.
   */
  readonly notCarried?: readonly AddressFamily[];
  /** Families whose IPv6 next hops (RFC 8950) its OPEN lacks, though the session needs them. */
  readonly noExtendedNextHop?: readonly AddressFamily[];
  /** Families that only the neighbour offers. */
  readonly alsoOffered?: readonly AddressFamily[];
  /** AS number in the neighbour's last OPEN, if one was received. */
  readonly openAs?: number;
  /** When it last left Established, and the subcode of the neighbour's Cease (RFC 4486) if that closed it. */
  readonly ended?: { readonly at: string; readonly cease?: number };
  /**
   * Why it is down, or last was, and when that was noticed, for display; in the neighbour's words if it gave any. Mere
   * consequences are omitted; what the network has reported since follows `; now:`. May be long ago.
   */
  readonly lastError?: { readonly at: string; readonly text: string };
  /**
   * The last error of each kind since the session was last up, in order of occurrence: `lastError` summarises them.
   * Older agents do not report it.
   */
  readonly errors?: readonly SessionError[];
  /** The last NOTIFICATION, sent or received, whatever happened since. Older agents do not report it. */
  readonly lastNotification?: SessionError;
  readonly routes: Readonly<Partial<Record<AddressFamily, SessionRouteCounts>>>;
  /** Octets of memory used by its routes. Older agents do not report it. */
  readonly routeMemory?: number;
  /** Absent if the neighbour has no BFD. Older agents do not report it. */
  readonly bfd?: BfdSessionStatus;
}

/** An error of a session, or who closed it. */
export interface SessionError {
  readonly at: string;
  /**
   * `ours`: of this node; `ended` and `said`: a NOTIFICATION; `key`: the signature, or the TTL; `network`, `silence`
   * and `echo`: the connection.
   */
  readonly kind: 'ours' | 'ended' | 'said' | 'key' | 'network' | 'silence' | 'echo';
  /** `sent` and `received`: a NOTIFICATION; `local`: the network, or a local decision. */
  readonly direction: 'sent' | 'received' | 'local';
  readonly text: string;
  /** What it is, if known and not a NOTIFICATION; agents of 0.1 do not report it. */
  readonly reason?: 'refused' | 'unreachable' | 'silence' | 'own-address' | 'signature' | 'ttl';
  /**
   * `cause`: why the session is down, or last was; `since`: what the network has reported since. The two parts of
   * `lastError`; agents of 0.1 do not report it.
   */
  readonly is?: 'cause' | 'since';
  /** Of the NOTIFICATION. */
  readonly code?: number;
  readonly subcode?: number;
}

interface SessionRouteCounts {
  readonly received: number;
  /** Of those received, the ones that import policy accepted. */
  readonly accepted: number;
  readonly advertised: number;
  /**
   * Of those received, the ones to martians (RFC 6890), which are not used; absent if the agent's version accepted
   * them.
   */
  readonly martians?: number;
  /**
   * Of those received, the ones that already passed this AS or its cluster (RFC 4271 9.1.2, RFC 4456 8), such as those
   * that a neighbour sends back. Older agents do not report it.
   */
  readonly looped?: number;
  /** End-of-RIB was received (RFC 4724 section 2). */
  readonly endOfRib: boolean;
  /**
   * Why routes with this node as next hop cannot be advertised, if so: it has no address that the neighbour could use.
   */
  readonly withheld?: string;
}

export interface KernelStatus {
  /** Routes that BGP wants in the kernel and whose next hop is reachable. */
  readonly wanted: number;
  readonly installed: number;
  /** Routes that are not in the kernel as wanted, with the reason; at most 20. */
  readonly failed: readonly { readonly prefix: string; readonly reason: string }[];
  /**
   * Routes that are held back because they would change how the node reaches its own addresses, links or neighbours:
   * their number, and at most 20 of them. Not counted as wanted. Absent if the agent's version holds back none.
   */
  readonly withheld?: {
    readonly routes: number;
    readonly examples: readonly { readonly prefix: string; readonly reason: string }[];
  };
  /**
   * Prefixes for which the node's kernel table, if it is not main, has a `throw` route that passes the look-up on to
   * the next rule: their number, and at most 20 of them. Not counted as wanted. Absent if there are none, or the
   * agent's version writes none.
   */
  readonly passedOn?: {
    readonly prefixes: number;
    readonly examples: readonly { readonly prefix: string; readonly reason: string }[];
  };
  /**
   * More than 100,000 routes use nexthop objects, and `net.ipv4.nexthop_compat_mode` is 1: when a next hop moves, the
   * kernel walks all of its routes, a second for a million. Absent otherwise.
   */
  readonly movesSlowly?: boolean;
  /** Unreachable next hops, with the number of routes that wait for each, or that used it when it was lost. */
  readonly waiting: readonly { readonly nextHop: string; readonly reason: string; readonly routes: number }[];
  /** Prefixes of workloads that this node advertises. */
  readonly workloads: number;
  /** Changes of this agent's routes by others since it started, all repaired. */
  readonly differences: Readonly<Record<FibDifference['kind'], number>>;
  /** When the last one was noticed. */
  readonly lastDifference?: string;
  /** The last report: who did what to which routes, as far as the kernel reports. */
  readonly lastDisturbance?: string;
  /** Foreign routes to this agent's prefixes at another metric; the lower metric carries the traffic. At most 20. */
  readonly beside: readonly { readonly prefix: string; readonly protocol: string; readonly metric: number }[];
  /** Workloads of this node that other nodes advertise as well, with those nodes. At most 20. */
  readonly duplicates: readonly { readonly prefix: string; readonly nodes: readonly string[] }[];
}

/** A route of this agent that differed in the kernel from what it had written. */
interface FibDifference {
  readonly prefix: string;
  readonly kind: 'missing' | 'extra' | 'different';
  /** Who did it, as far as the kernel reports. */
  readonly by: string;
}

/**
 * Result of comparing the kernel's table with the routes chosen by BGP; differences are repaired by the time it is
 * reported.
 */
export interface FibCheck {
  readonly node: string;
  /** Routes of this agent found in the kernel. */
  readonly routes: number;
  readonly missing: number;
  readonly extra: number;
  readonly different: number;
  /** The first twenty. */
  readonly examples: readonly FibDifference[];
  /** Time of the previous comparison; absent if there was none. */
  readonly since?: string;
  readonly tookMs: number;
  readonly kernel: KernelStatus;
}

/** A rule of a filter. */
export interface RuleStatus {
  /** Its filter; absent if it is not one of the fabric's filters. */
  readonly filter?: string;
  /** Its position among the rules of that filter in its direction, from 1. */
  readonly number: number;
  readonly action: 'accept' | 'reject';
}

/** A route of a node's table, or one exchanged with a neighbour. */
export interface RouteStatus {
  readonly prefix: string;
  readonly isBest: boolean;
  /** It is used beside the best one (multipath). Older agents do not report it. */
  readonly isBeside?: true;
  /**
   * Why it is not the best one: why it is ineligible, or the step of the decision process (RFC 4271 section 9.1.2) at
   * which it lost. Absent for the best. For a route towards a neighbour: why it is not advertised; absent if it is.
   */
  readonly reason?: string;
  /**
   * The same as a code: a step of the decision process, or a row of docs/ineligible.md. Older agents do not report it,
   * nor the following fields.
   */
  readonly code?: string;
  /** The rule that decided; absent if none did. */
  readonly rule?: RuleStatus;
  /**
   * For a route towards a neighbour: further reasons not to advertise it, each sufficient. Older agents do not report
   * it.
   */
  readonly also?: readonly { readonly code: string; readonly reason: string; readonly rule?: RuleStatus }[];
  /** Why the best one is not in the kernel, if it is held back. */
  readonly withheld?: string;
  /** `local`, or the address of the neighbour that sent it. */
  readonly from: string;
  readonly nextHop?: string;
  readonly asPath: string;
  readonly origin?: 'igp' | 'egp' | 'incomplete';
  readonly localPref?: number;
  readonly med?: number;
  /** Of all kinds, in the notation of filters. */
  readonly communities?: readonly string[];
  /** When it was received or last changed. */
  readonly since?: string;
  /** Retained over a restart of the neighbour (RFC 4724), and not received again yet. */
  readonly isStale?: true;
}

/** Number of routes each rule decided on. */
export interface RuleMatchesStatus {
  readonly rules: readonly (RuleStatus & { readonly routes: number })[];
  /** Routes that no rule matched. */
  readonly unmatched: number;
}

/** What the filters of a session decide on the routes it exchanges; a direction without rules is left out. */
export interface SessionMatches {
  /** Of the session. */
  readonly key: string;
  /** Routes received from the neighbour. */
  readonly import?: RuleMatchesStatus;
  /** Best routes that could be advertised to it. */
  readonly export?: RuleMatchesStatus;
}

/** What a deploy asks of an agent, step by step. */
export type DeployVerb = 'stage' | 'activate' | 'confirm' | 'finalise' | 'rollback';

/** The step of a deploy that an event is, and its activation. Absent: none, or an agent of 0.1. */
export interface EventStep {
  readonly step?: DeployVerb;
  readonly activation?: number;
}

/** Something that happened, for display. */
export interface AgentEvent extends EventStep {
  /** Increases from 1 during one run of the agent. */
  readonly sequence: number;
  readonly time: string;
  readonly kind: 'transaction' | 'session' | 'kernel' | 'workload' | 'agent' | 'stranger';
  readonly message: string;
}
