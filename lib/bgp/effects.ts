import type { IpAddress } from '../model/address';
import type { HashKey } from '../model/keyed-hash';
import type { Prefix } from '../model/prefix';
import type { LocalInterface } from './rib/adj-rib-out/own-next-hop';
import type { BestRouteChange, LinkSubnet, NextHopState, OriginAttributes } from './rib/rib';
import type { SessionConfig, Transport } from './session/config';
import type { FaultReason } from './session/fault';
import type { BfdVerdict, SessionNotice } from './session/session';
import type { SessionTemplate } from './session/template';

/** Parameters of the speaker as a whole: routing-change.ts defines the cost of changing each. */
export interface RoutingOptions {
  /** BGP identifier of this node, 32 bits. */
  readonly routerId: number;
  /** RFC 4456. Default: the router id. */
  readonly clusterId?: number;
  /**
   * Maximum number of equal-cost paths used together, all from external or all from internal neighbours. Default: 1.
   */
  readonly multipath?: number;
  /**
   * Seconds after a restart for which the kernel keeps the routes of neighbours that are not back yet, or have not
   * advertised them again, counted from the first configuration. Default: the value the speaker was created with.
   */
  readonly restartTime?: number;
  /** Maximum MB (10^6 octets) of memory for the routes of all neighbours. Default: no limit. */
  readonly maxRouteMemory?: number;
}

/** Options that are fixed for the life of a speaker. */
export interface SpeakerOptions {
  /** Seed of the jitter: runs with the same seed and the same inputs have the same effects. */
  readonly seed: number;
  /**
   * Key of every hash over what neighbours send. Secret, and not derived from the seed, which timer jitter reveals; no
   * effect depends on it. Default (simulations, recordings of earlier versions): a known key.
   */
  readonly hashKey?: HashKey;
  /**
   * Forwarding state survived a restart (RFC 4724 section 4.1): it is kept for at most this many seconds, and selection
   * waits for the neighbours' routes; see selection-deferral.ts. Absent: none did.
   */
  readonly restartingFor?: number;
  /**
   * The host answers the effect `nextHops`; a new next hop is unreachable until then. Absent: next hops are reachable
   * until reported otherwise.
   */
  readonly asksNextHops?: boolean;
}

/**
 * Everything that can happen to a speaker. Connections are numbers: those it dials are even and numbered by it,
 * accepted ones are odd and numbered by the host; none is reused.
 */
export type Input =
  | {
      readonly kind: 'configure';
      readonly routing: RoutingOptions;
      readonly sessions: readonly SessionConfig[];
      /** For unnamed neighbours. */
      readonly templates?: readonly SessionTemplate[];
    }
  | {
      readonly kind: 'accepted';
      readonly connection: number;
      readonly local: string;
      readonly remote: string;
      /** Our TCP port that it connected to. Absent: any. */
      readonly port?: number;
    }
  | { readonly kind: 'opened'; readonly connection: number }
  /**
   * The connection attempt failed. `reason`: for display. `isSilence`: used in recordings of 0.1 instead of a fault.
   */
  | {
      readonly kind: 'failed';
      readonly connection: number;
      readonly reason: string;
      readonly fault?: FaultReason;
      readonly isSilence?: true;
    }
  | { readonly kind: 'closed'; readonly connection: number; readonly reason?: string }
  | { readonly kind: 'bytes'; readonly connection: number; readonly bytes: Uint8Array }
  /** The network accepted this many octets of what was sent on a connection. */
  | { readonly kind: 'written'; readonly connection: number; readonly octets: number }
  /**
   * The time requested by the last `timer` effect has been reached. `heard`: all input that had arrived by then has
   * been passed, later input possibly not. Timers expire as of that time: an unread KEEPALIVE must not lose against the
   * hold timer. Absent: all input that has arrived was passed.
   */
  | { readonly kind: 'timer'; readonly heard?: number }
  | { readonly kind: 'originate'; readonly prefix: Prefix; readonly attributes?: OriginAttributes }
  | { readonly kind: 'withdraw'; readonly prefix: Prefix }
  /** The reachability of next hops by the kernel; `state` undefined: unknown. */
  | {
      readonly kind: 'nextHops';
      readonly changes: readonly { readonly address: IpAddress; readonly state: NextHopState | undefined }[];
    }
  /** The interfaces of sessions and neighbours, and any others with addresses; before this input none is known. */
  | { readonly kind: 'interfaces'; readonly interfaces: readonly LocalInterface[] }
  /** All links of this node: a neighbour's link-local next hop is on the neighbour's link (RFC 4007). */
  | { readonly kind: 'links'; readonly links: readonly LinkSubnet[] }
  /**
   * RFC 8326: graceful shutdown of one session (`on`) or its end; without a session of all, including those configured
   * later. Routes advertised or received over it become the last choice at both ends; the session stays up.
   */
  | { readonly kind: 'gracefulShutdown'; readonly session?: string; readonly on: boolean }
  /** BFD's state of a session's neighbour changed, see Session.bfdSays. */
  | {
      readonly kind: 'bfd';
      readonly session: string;
      readonly verdict: BfdVerdict;
      readonly outlives: boolean;
      readonly why: string;
    }
  /** All best routes are requested again, by a consumer that has none. */
  | { readonly kind: 'resendRoutes' }
  /** Resets a session with a Cease, Administrative Reset. `why`: for local display. */
  | { readonly kind: 'reset'; readonly session: string; readonly why?: string }
  /**
   * Stops everything. `graceful`: connections are closed without a NOTIFICATION, so that neighbours retain our routes
   * (RFC 4724).
   */
  | { readonly kind: 'stop'; readonly text?: string; readonly graceful?: boolean };

/** Everything that a speaker does. */
export type Effect =
  | {
      readonly kind: 'connect';
      readonly connection: number;
      readonly session: string;
      readonly local: string;
      readonly remote: string;
      readonly port: number;
      readonly transport: Transport;
    }
  | { readonly kind: 'send'; readonly connection: number; readonly bytes: Uint8Array }
  /** Data sent earlier is still transmitted. */
  | { readonly kind: 'close'; readonly connection: number }
  /**
   * Send the `timer` input at this time in milliseconds, replacing any earlier request; if it is not in the future, as
   * soon as pending input has been passed.
   */
  | { readonly kind: 'timer'; readonly at: number }
  /**
   * Send `nextHops` with the reachability of the addresses in `ask`, now and whenever it changes. First stop for those
   * in `forget`.
   */
  | { readonly kind: 'nextHops'; readonly ask: readonly IpAddress[]; readonly forget: readonly IpAddress[] }
  /**
   * Best routes changed, in order; `more`: further ones follow. Empty when the initial routes after a restart are
   * complete, or if `resendRoutes` finds none.
   */
  | { readonly kind: 'routes'; readonly changes: readonly BestRouteChange[]; readonly more: boolean }
  | { readonly kind: 'event'; readonly event: SpeakerEvent };

/** An event for operators. */
export interface SpeakerEvent {
  /** Key and name of the session; empty if it concerns none. */
  readonly session: string;
  readonly name: string;
  /** Key of its neighbour's template, if the neighbour is unnamed. */
  readonly template?: string;
  readonly type:
    | SessionNotice
    | 'end-of-rib'
    | 'malformed'
    | 'ineligible'
    | 'rejected'
    | 'dynamic'
    | 'limit'
    | 'next-hop';
  readonly text: string;
  /** Address from which a connection came that was refused for lack of a session. */
  readonly refused?: string;
  /** Of an error that is a local fault, if known. */
  readonly reason?: FaultReason;
}
