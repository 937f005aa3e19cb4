import type { State } from '../../bfd/packet';

/**
 * The protocol between the agent and the BFD process over a unix socket, one JSON object per line. The agent sends the
 * complete list of sessions whenever it changes; the process reports the state of each, initially and on changes. All
 * versions are compatible: unknown fields and lines are ignored, as the two are upgraded one after the other.
 *
 * Values are validated by hand: loading a library would take longer than the process has for a restart.
 */

/** A session as configured by the release. Intervals are in milliseconds. */
export interface BfdSpec {
  /** See {@link bfdKey}. */
  readonly key: string;
  readonly local: string;
  readonly remote: string;
  readonly interface?: string;
  /** The neighbour may be several hops away (RFC 5883). */
  readonly multihop: boolean;
  /** Packets with a lower TTL or hop limit are dropped; on a single hop it is 255 (RFC 5881 section 5). */
  readonly minimumTtl: number;
  readonly transmitInterval: number;
  readonly receiveInterval: number;
  readonly detectMultiplier: number;
  readonly passive: boolean;
}

/** State of a session. Times are wall-clock times, intervals in milliseconds. */
export interface BfdStatus {
  readonly key: string;
  /** Absent in a process of an earlier version. */
  readonly localDiscriminator?: number;
  readonly state: State;
  /** When it entered this state. */
  readonly since: string;
  /** Why it last left Up (RFC 5880 section 4.1). */
  readonly diagnostic: number;
  /**
   * How often it went from Up to Down since it was added, also in previous runs of the process, and when it last did;
   * not when the neighbour ended it on purpose. A process of an earlier version counts those too, and from its start.
   */
  readonly downs: number;
  readonly lastDown?: string;
  /** Its diagnostic then. */
  readonly lastDownDiagnostic?: number;
  /** The neighbour ended it on purpose (AdminDown), and it was not Up since, whatever was received afterwards. */
  readonly isPlanned?: true;
  /** State reported by the neighbour; absent if nothing is received. */
  readonly remote?: {
    readonly state: State;
    readonly diagnostic: number;
    readonly controlPlaneIndependent: boolean;
    /** Absent in a process of an earlier version. */
    readonly discriminator?: number;
  };
  /** In use. Absent if nothing is sent, as the neighbour accepts nothing. */
  readonly transmitInterval?: number;
  readonly detectionTime?: number;
  /** Why packets cannot be sent or received. */
  readonly trouble?: string;
  /** Nothing can be received, as another program has the port: nobody watches the neighbour, whatever the state. */
  readonly isDeaf?: true;
  /** It was Up before the process was away, or stood still, and its neighbour has yet to be heard. */
  readonly isAwaited?: true;
}

/** State of the process. */
export interface BfdProcess {
  readonly version: string;
  /** The network namespace of its sessions, by inode: an agent in another one must not use it. */
  readonly network: number;
  /** Why it has no real-time scheduling; absent if it has. */
  readonly notRealTime?: string;
  /**
   * Milliseconds within which it sends something, whether or not anything changes: one that sends nothing hangs. Absent
   * in a process of an earlier version.
   */
  readonly heartbeat?: number;
}

/** Milliseconds between heartbeats. */
export const HEARTBEAT = 1_000;

/** Packet counters of a session since the process started. */
export interface BfdCounts {
  readonly sent: number;
  readonly received: number;
  /** Milliseconds between two packets of the neighbour, at most, by when they arrived, while the session was Up. */
  readonly longestSilence?: number;
  /** Milliseconds between the arrival of a packet and its being read, at most. */
  readonly latestRead?: number;
  /** How often it was found silent, although a packet had arrived in time. */
  readonly falseDowns?: number;
  /** Packets from its neighbour that were discarded, by reason. */
  readonly discarded?: Readonly<Record<string, number>>;
  /** The last of them, if it is recent. */
  readonly discarding?: BfdDiscard;
  /** The neighbour refuses our packets: nothing listens at its port. */
  readonly isRefused?: true;
}

/** Why a packet was discarded. */
export interface BfdDiscard {
  readonly reason: string;
  /** The TTL or hop limit, or the port, of the packet, and the one that it should have had, the TTL at least. */
  readonly got?: number;
  readonly wanted?: number;
  /** The name of the interface at which the packet arrived, if that is not the one of the neighbour. */
  readonly interface?: string;
}

/** Counters since the process started. */
export interface BfdCounters {
  /** By the keys of sessions. */
  readonly sessions: Readonly<Record<string, BfdCounts>>;
  /** Discarded packets by reason. */
  readonly discarded: Readonly<Record<string, number>>;
  /** Keys of sessions that are no longer wanted, and continue until their neighbours end them. */
  readonly lingering?: readonly string[];
}

/**
 * From the process. `sessions` contains all of them, `changed` only those that changed; `counters` is sent
 * periodically and, like `sessions`, in answer to a request.
 */
export interface BfdReport {
  /** It ends permanently: its sessions are administratively down. A process of an earlier version does not say so. */
  readonly leaves?: true;
  /** A heartbeat. */
  readonly alive?: true;
  readonly counters?: BfdCounters;
  readonly process?: BfdProcess;
  readonly sessions?: readonly BfdStatus[];
  readonly changed?: readonly BfdStatus[];
}

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === 'string' && value.length <= 200;
const isFlag: Check = (value) => typeof value === 'boolean';
const isNumber =
  (least: number, most: number): Check =>
  (value) =>
    typeof value === 'number' && value >= least && value <= most;
/** Maximum milliseconds in the protocol's 32 bits of microseconds. */
const isInterval = isNumber(1, 4_294_967);

const SPEC: Readonly<Record<keyof BfdSpec, Check>> = {
  key: isText,
  local: isText,
  remote: isText,
  interface: (value) => value === undefined || (isText(value) && value !== ''),
  multihop: isFlag,
  minimumTtl: isNumber(1, 255),
  transmitInterval: isInterval,
  receiveInterval: isInterval,
  detectMultiplier: isNumber(1, 255),
  passive: isFlag,
};

/** Its key is that of its addresses: two sessions cannot share them. */
const isSpec = (value: unknown): value is BfdSpec =>
  isObject(value) &&
  Object.entries(SPEC).every(([field, check]) => check(value[field])) &&
  value.key === bfdKey(value as unknown as BfdSpec);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** The sessions in a request; undefined if it has none. `invalid` if they are malformed. */
export function specsIn(request: unknown): readonly BfdSpec[] | 'invalid' | undefined {
  const sessions = isObject(request) ? request.sessions : undefined;
  if (sessions === undefined) return undefined;
  return Array.isArray(sessions) && sessions.every(isSpec) ? sessions : 'invalid';
}

/**
 * Keys of sessions that, if up and no longer wanted, continue until their neighbours end them. Many daemons take the
 * end of BFD for a failure, however it is announced.
 */
export const lingeringIn = (request: unknown): readonly string[] => keysIn(request, 'lingering');

/**
 * Keys of sessions that were Up when last reported to the agent. If the process begins one of them anew, as it has no
 * memory of it, silence of the neighbour is a failure.
 */
export const upIn = (request: unknown): readonly string[] => keysIn(request, 'up');

/**
 * Milliseconds within which the agent will have closed its sessions of BGP and disconnected, as it ends permanently;
 * undefined: it does not, or is of an earlier version.
 */
export function leavingIn(request: unknown): number | undefined {
  const leaving = isObject(request) ? request.leaving : undefined;
  return isLeave(leaving) ? (leaving as number) : undefined;
}

/** At most what `--leave-within` permits, and some time to close the sessions. */
const isLeave = isNumber(0, 3_660_000);

function keysIn(request: unknown, field: string): readonly string[] {
  const keys = isObject(request) ? request[field] : undefined;
  return Array.isArray(keys) ? keys.filter((key): key is string => isText(key)) : [];
}

/** The identity of a session: its addresses, single hop or multihop, and the interface of link-local ones. */
export const bfdKey = ({
  local,
  remote,
  multihop,
  ...on
}: Pick<BfdSpec, 'local' | 'remote' | 'multihop' | 'interface'>): string =>
  [local, remote, multihop ? 'multihop' : 'direct', ...(on.interface === undefined ? [] : [on.interface])].join(' ');

/**
 * The socket of the process for the agent, in a separate folder, in which it also stores its sessions over a restart.
 */
export const DEFAULT_BFD_SOCKET = '/run/peerform-bfd/bfd.sock';
