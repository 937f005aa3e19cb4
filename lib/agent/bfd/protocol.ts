import type { State } from '../../bfd/packet';

/**
 * What the agent and the BFD process say to each other over a unix socket, a JSON object a line. The agent says which
 * sessions there are to be, all of them, whenever that changes; the process says how each is, at first and when it
 * changes. Each version of either understands the other: unknown fields and lines count for nothing, as the two are
 * upgraded one after the other.
 *
 * Values are checked by hand here: a library for it would take longer to load than the process may take to restart.
 */

/** A session as the release has it. Intervals are in milliseconds. */
export interface BfdSpec {
  /** See {@link bfdKey}. */
  readonly key: string;
  readonly local: string;
  readonly remote: string;
  readonly interface?: string;
  /** The neighbour may be several hops away (RFC 5883). */
  readonly multihop: boolean;
  /** What comes with a lower TTL or hop limit is dropped; on a single hop it is 255 (RFC 5881 section 5). */
  readonly minimumTtl: number;
  readonly transmitInterval: number;
  readonly receiveInterval: number;
  readonly detectMultiplier: number;
  readonly passive: boolean;
}

/** How a session is. Times are of the clock on the wall, intervals in milliseconds. */
export interface BfdStatus {
  readonly key: string;
  /** Absent: a process of an earlier version. */
  readonly localDiscriminator?: number;
  readonly state: State;
  /** Since when. */
  readonly since: string;
  /** Why it was last not Up (RFC 5880 section 4.1). */
  readonly diagnostic: number;
  /** How often it went down from Up since the process started with it. */
  readonly downs: number;
  readonly lastDown?: string;
  /** Its diagnostic then. */
  readonly lastDownDiagnostic?: number;
  /** What the neighbour says of itself; absent while it is not there. */
  readonly remote?: {
    readonly state: State;
    readonly diagnostic: number;
    readonly controlPlaneIndependent: boolean;
    /** Absent: a process of an earlier version. */
    readonly discriminator?: number;
  };
  /** In use; absent: nothing is sent, as the neighbour takes nothing. */
  readonly transmitInterval?: number;
  readonly detectionTime?: number;
  /** Why nothing can be sent or received. */
  readonly trouble?: string;
}

/** How the process runs. */
export interface BfdProcess {
  readonly version: string;
  /** The network namespace that its sessions are in, by its inode: an agent elsewhere has no business with them. */
  readonly network: number;
  /** Why it has no real-time scheduling; absent: it has. */
  readonly notRealTime?: string;
}

/** What was counted since the process started: packets of a session. */
export interface BfdCounts {
  readonly sent: number;
  readonly received: number;
}

/** What was counted since the process started. */
export interface BfdCounters {
  /** By the keys of sessions. */
  readonly sessions: Readonly<Record<string, BfdCounts>>;
  /** Packets that were discarded, by the reason. */
  readonly discarded: Readonly<Record<string, number>>;
}

/**
 * From the process. `sessions` is all of them, `changed` those that are otherwise than they were; `counters` comes from
 * time to time.
 */
export interface BfdReport {
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
/** Milliseconds that the protocol's 32 bits of microseconds hold. */
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

const isSpec = (value: unknown): value is BfdSpec =>
  isObject(value) && Object.entries(SPEC).every(([field, check]) => check(value[field]));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** The sessions that a request has; undefined: it has none. `invalid`: they are not as they have to be. */
export function specsIn(request: unknown): readonly BfdSpec[] | 'invalid' | undefined {
  const sessions = isObject(request) ? request.sessions : undefined;
  if (sessions === undefined) return undefined;
  return Array.isArray(sessions) && sessions.every(isSpec) ? sessions : 'invalid';
}

/**
 * Keys of sessions that a request lets go on until their neighbours end them, where they are up and no longer wanted.
 * Many daemons take the end of BFD for a failure, however it is told.
 */
export function lingeringIn(request: unknown): readonly string[] {
  const keys = isObject(request) ? request.lingering : undefined;
  return Array.isArray(keys) ? keys.filter((key): key is string => isText(key)) : [];
}

/** What makes it this session: its addresses, how far they may be apart, and the interface of link-local ones. */
export const bfdKey = ({
  local,
  remote,
  multihop,
  ...on
}: Pick<BfdSpec, 'local' | 'remote' | 'multihop' | 'interface'>): string =>
  [local, remote, multihop ? 'multihop' : 'direct', ...(on.interface === undefined ? [] : [on.interface])].join(' ');

/**
 * Where the process listens for the agent, in a folder of its own, in which it also keeps its sessions over a restart.
 */
export const DEFAULT_BFD_SOCKET = '/run/peerform-bfd/bfd.sock';
