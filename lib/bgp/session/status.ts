import type { Family } from '../wire/family';
import type { ConnectionKind } from './collision';
import type { AsPair } from './config';
import type { Counters } from './connection';
import type { SessionFault } from './fault';
import type { FsmState } from './fsm';
import type { Negotiated } from './negotiation';
import type { OneSided } from './one-sided';

/** The end of an Established session. */
export interface LastEnd {
  /** Milliseconds of the speaker's clock. */
  readonly at: number;
  /**
   * The neighbour's NOTIFICATION that closed it, unwrapped from a Hard Reset (RFC 8538); absent if it ended otherwise.
   */
  readonly received?: { readonly code: number; readonly subcode: number };
}

/** Counters of a session since it was created, over all its connections. */
export interface SessionCounts {
  /** Number of times it was established. */
  readonly established: number;
  readonly counters: Readonly<Counters>;
  /** NOTIFICATION messages by error code; 0: unknown codes. */
  readonly notifications: Readonly<Record<'sent' | 'received', readonly number[]>>;
  /** The effects of configurations on it while it was up. */
  readonly changed: Readonly<ChangeCounts>;
}

/**
 * How often a new configuration reset an established session, or was applied in place, and the words of the last of
 * each.
 */
export interface ChangeCounts {
  reset: number;
  retuned: number;
  resetFor: string;
  retunedFor: string;
}

/** Brief state of a session: cheap to query for many sessions. */
export interface SpeakerSessionSummary {
  readonly state: FsmState;
  /** The pair of AS numbers: the one in use, otherwise the one to be tried. */
  readonly pair: AsPair;
}

/** What keeps a session down. */
export type DownBy = 'admin-down' | 'secret' | 'awaits-neighbour' | 'prefix-limit' | 'awaits-bfd';

/** The state of a session as plain data, for status, metrics and gates. */
export interface SessionSnapshot {
  readonly key: string;
  readonly name: string;
  readonly reason: string;
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly port: number;
  readonly state: FsmState;
  /** When it entered this state, milliseconds. */
  readonly since: number;
  /** How long it has been Established, milliseconds; 0 if it is not. */
  readonly uptime: number;
  /** Number of times it was established. */
  readonly established: number;
  /** Why it is kept down, if it is: for display, and for programs. */
  readonly down?: string;
  readonly downBy?: DownBy;
  /** Key of its template (see template.ts), if any. */
  readonly template?: string;
  readonly retiring: boolean;
  /** The cause, see fault.ts. */
  readonly lastError?: SessionFault;
  /** All candidates for it. */
  readonly faults: readonly SessionFault[];
  /** The last NOTIFICATION, sent or received, even if the session has come up since. */
  readonly lastNotification?: SessionFault;
  /** How it last left Established. */
  readonly ended?: LastEnd;
  /** AS number of the neighbour's last OPEN. */
  readonly openAs?: number;
  readonly counters: Readonly<Counters>;
  /** The pair of AS numbers: the one in use, otherwise the one to be tried. */
  readonly pair: AsPair;
  readonly localId: number;
  /** What was negotiated; only while Established. */
  readonly negotiated?: {
    readonly remoteId: number;
    /** Which side dialled. */
    readonly connection: ConnectionKind;
    /** Seconds. */
    readonly holdTime: number;
    readonly keepaliveTime: number;
    readonly families: readonly Family[];
    /** Names of the capabilities that both sides announced. */
    readonly capabilities: readonly string[];
    /** Families whose End-of-RIB was received. */
    readonly endOfRib: readonly Family[];
    readonly oneSided: OneSided;
  };
  /** The neighbour is restarting and its routes are retained. */
  readonly retaining: boolean;
}

/** The negotiated parameters of an Established session, for status. */
export function describeNegotiated(
  connection: ConnectionKind,
  agreed: Negotiated,
  endOfRib: ReadonlySet<Family>,
): NonNullable<SessionSnapshot['negotiated']> {
  const { context } = agreed;
  const capabilities = {
    'route refresh': agreed.routeRefresh,
    'enhanced route refresh': agreed.enhancedRefresh,
    'four-octet AS': context.as4,
    'extended message': context.extendedMessage,
    'graceful restart': agreed.gracefulRestart !== undefined,
    'extended next hop': context.extendedNextHop.size > 0,
    'ADD-PATH': context.addPathReceive.size + context.addPathSend.size > 0,
    role: agreed.peerRole !== undefined,
  };
  return {
    remoteId: agreed.peerRouterId,
    connection,
    holdTime: agreed.holdTime,
    keepaliveTime: agreed.keepaliveTime,
    families: [...context.families],
    capabilities: Object.entries(capabilities).flatMap(([name, has]) => (has ? [name] : [])),
    endOfRib: [...endOfRib],
    oneSided: agreed.oneSided,
  };
}
