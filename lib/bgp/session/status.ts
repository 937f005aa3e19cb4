import type { Family } from '../wire/family';
import type { ConnectionKind } from './collision';
import type { AsPair } from './config';
import type { Counters } from './connection';
import type { SessionFault } from './fault';
import type { FsmState } from './fsm';
import type { Negotiated } from './negotiation';

/** The end of a session that was Established. */
export interface LastEnd {
  /** Milliseconds of the speaker's clock. */
  readonly at: number;
  /**
   * The NOTIFICATION with which the neighbour ended it, out of a Hard Reset (RFC 8538) where it was in one; absent: it
   * ended otherwise.
   */
  readonly received?: { readonly code: number; readonly subcode: number };
}

/** What was counted of a session since it was made, over all its connections. */
export interface SessionCounts {
  /** How often it came up. */
  readonly established: number;
  readonly counters: Readonly<Counters>;
  /** NOTIFICATION messages by error code; 0: a code that nobody knows. */
  readonly notifications: Readonly<Record<'sent' | 'received', readonly number[]>>;
  /** What configurations have done to it while it was up. */
  readonly changed: Readonly<ChangeCounts>;
}

/**
 * How often a new configuration reset a session that was up, or was taken on by it was, and the words of the last
 * of each.
 */
export interface ChangeCounts {
  reset: number;
  retuned: number;
  resetFor: string;
  retunedFor: string;
}

/** Where a session stands, in short: what is asked of many again and again. */
export interface SpeakerSessionSummary {
  readonly state: FsmState;
  /** The pair of AS numbers: the one in use, else the one that will be tried. */
  readonly pair: AsPair;
}

/** What keeps a session down. */
export type DownBy = 'admin-down' | 'secret' | 'prefix-limit' | 'awaits-bfd';

/** A session as it stands: plain data, for status, metrics and gates. */
export interface SessionSnapshot {
  readonly key: string;
  readonly name: string;
  readonly reason: string;
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly port: number;
  readonly state: FsmState;
  /** Since when it is in this state, milliseconds. */
  readonly since: number;
  /** How long it is Established, milliseconds; 0 where it is not. */
  readonly uptime: number;
  /** How often it came up. */
  readonly established: number;
  /** Why it is kept down, where it is: for people, and for programs. */
  readonly down?: string;
  readonly downBy?: DownBy;
  /** Key of the template that it came by (see template.ts), where it did. */
  readonly template?: string;
  readonly retiring: boolean;
  /** What is to blame, see fault.ts. */
  readonly lastError?: SessionFault;
  /** All that may be. */
  readonly faults: readonly SessionFault[];
  /** The last NOTIFICATION, sent or received, also where the session has come up since. */
  readonly lastNotification?: SessionFault;
  /** How it ended when it was Established last. */
  readonly ended?: LastEnd;
  /** AS number of the neighbour's last OPEN. */
  readonly openAs?: number;
  readonly counters: Readonly<Counters>;
  /** The pair of AS numbers: the one in use, else the one that will be tried. */
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
    /** Names of the capabilities that both sides have. */
    readonly capabilities: readonly string[];
    /** Families whose End-of-RIB came. */
    readonly endOfRib: readonly Family[];
  };
  /** The neighbour is restarting and its routes are kept. */
  readonly retaining: boolean;
}

/** The agreement of an Established session, for status. */
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
  };
}
