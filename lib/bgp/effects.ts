import type { IpAddress } from '../model/address';
import type { HashKey } from '../model/keyed-hash';
import type { Prefix } from '../model/prefix';
import type { LocalInterface } from './rib/adj-rib-out/own-next-hop';
import type { BestRouteChange, LinkSubnet, NextHopState, OriginAttributes } from './rib/rib';
import type { SessionConfig, Transport } from './session/config';
import type { FaultReason } from './session/fault';
import type { BfdVerdict, SessionNotice } from './session/session';
import type { SessionTemplate } from './session/template';

/** Parameters of the speaker as a whole: what each of them costs its sessions is in routing-change.ts. */
export interface RoutingOptions {
  /** BGP identifier of this node, 32 bits. */
  readonly routerId: number;
  /** RFC 4456; absent: the router id. */
  readonly clusterId?: number;
  /** Most paths of equal cost that are used side by side, all of external or all of internal neighbours; absent: 1. */
  readonly multipath?: number;
  /**
   * Seconds after a restart that the kernel keeps the routes of neighbours that are not back yet, or have not told them
   * again; absent: what the speaker was made with. It counts from the first configuration.
   */
  readonly restartTime?: number;
  /** Most MB (10^6 octets) of memory that the routes of all neighbours may take; absent: no limit. */
  readonly maxRouteMemory?: number;
}

/** Fixed for the life of a speaker. */
export interface SpeakerOptions {
  /** Where the jitter begins: a run with the same seed and the same inputs gives the same effects. */
  readonly seed: number;
  /**
   * The key of every hash over what neighbours send. Secret, and not to be guessed from the seed, which the jitter of
   * timers gives away; no effect depends on it. Absent (simulations, recordings of former versions): a known one.
   */
  readonly hashKey?: HashKey;
  /**
   * Forwarding state outlived a restart (RFC 4724 section 4.1): it is kept for so many seconds at most, and the
   * neighbours' routes are waited for before any is chosen; see selection-deferral.ts. Absent: none did.
   */
  readonly restartingFor?: number;
  /**
   * The effect `nextHops` is answered: until then a new next hop counts as unreachable. Absent: next hops are reachable
   * until it is said that they are not.
   */
  readonly asksNextHops?: boolean;
}

/**
 * All that can happen to a speaker. Connections are numbers: those it dials are even and named by it, those that are
 * accepted are odd and named by the host; none is used twice.
 */
export type Input =
  | {
      readonly kind: 'configure';
      readonly routing: RoutingOptions;
      readonly sessions: readonly SessionConfig[];
      /** For neighbours that come unnamed. */
      readonly templates?: readonly SessionTemplate[];
    }
  | {
      readonly kind: 'accepted';
      readonly connection: number;
      readonly local: string;
      readonly remote: string;
      /** TCP port of ours that it came to; absent: whichever. */
      readonly port?: number;
    }
  | { readonly kind: 'opened'; readonly connection: number }
  /** It could not be made. `reason`: for people. `isSilence`: what recordings of 0.1 have instead of a fault. */
  | {
      readonly kind: 'failed';
      readonly connection: number;
      readonly reason: string;
      readonly fault?: FaultReason;
      readonly isSilence?: true;
    }
  | { readonly kind: 'closed'; readonly connection: number; readonly reason?: string }
  | { readonly kind: 'bytes'; readonly connection: number; readonly bytes: Uint8Array }
  /** The network took so many octets of what was sent on a connection. */
  | { readonly kind: 'written'; readonly connection: number; readonly octets: number }
  /**
   * The time asked for by the last `timer` effect is there. `heard`: what had arrived by that time was given, what came
   * later may not have been. Timers run out as of then: a KEEPALIVE that nobody has read yet must not lose against the
   * hold timer. Absent: everything that arrived was given.
   */
  | { readonly kind: 'timer'; readonly heard?: number }
  | { readonly kind: 'originate'; readonly prefix: Prefix; readonly attributes?: OriginAttributes }
  | { readonly kind: 'withdraw'; readonly prefix: Prefix }
  /** What the kernel knows of the ways to next hops; `state` undefined: nothing. */
  | {
      readonly kind: 'nextHops';
      readonly changes: readonly { readonly address: IpAddress; readonly state: NextHopState | undefined }[];
    }
  /**
   * The interfaces that sessions leave from or neighbours are on, and whichever else has addresses; before that nothing
   * is known of any.
   */
  | { readonly kind: 'interfaces'; readonly interfaces: readonly LocalInterface[] }
  /**
   * The links of this node, all there are: a link-local next hop of a neighbour is on the one that the neighbour is on
   * (RFC 4007).
   */
  | { readonly kind: 'links'; readonly links: readonly LinkSubnet[] }
  /**
   * RFC 8326: the neighbour of a session, or of every one where none is named, those of later configurations included,
   * receives that it is about to end (`on`) or no longer. All that is advertised or received over it becomes the last
   * choice, there and here; the session itself stays.
   */
  | { readonly kind: 'gracefulShutdown'; readonly session?: string; readonly on: boolean }
  /** BFD says otherwise of a session's neighbour, see Session.bfdSays. */
  | {
      readonly kind: 'bfd';
      readonly session: string;
      readonly verdict: BfdVerdict;
      readonly outlives: boolean;
      readonly why: string;
    }
  /** Every best route is wanted again, by somebody who knows none. */
  | { readonly kind: 'resendRoutes' }
  /** Closes a session with an Administrative Reset and lets it come up again. `why`: for people here. */
  | { readonly kind: 'reset'; readonly session: string; readonly why?: string }
  /**
   * Ends everything. `graceful`: connections are closed without a word, so that neighbours keep our routes (RFC 4724).
   */
  | { readonly kind: 'stop'; readonly text?: string; readonly graceful?: boolean };

/** All that a speaker does. */
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
  /** What was sent before is still to go out. */
  | { readonly kind: 'close'; readonly connection: number }
  /**
   * Give `timer` at this time, milliseconds, instead of any time asked for before; one not later than now: as soon as
   * what waits was given.
   */
  | { readonly kind: 'timer'; readonly at: number }
  /**
   * Give `nextHops` with what is known of the ways to the addresses of `ask`, and again whenever that changes. Those of
   * `forget`, first: no longer.
   */
  | { readonly kind: 'nextHops'; readonly ask: readonly IpAddress[]; readonly forget: readonly IpAddress[] }
  /**
   * Best routes changed, in order; `more`: further ones follow. With none where all that there was to say since a
   * restart has been said, or where `resendRoutes` finds none.
   */
  | { readonly kind: 'routes'; readonly changes: readonly BestRouteChange[]; readonly more: boolean }
  | { readonly kind: 'event'; readonly event: SpeakerEvent };

/** Something that people want to know. */
export interface SpeakerEvent {
  /** Key and name of the session; empty where it belongs to none. */
  readonly session: string;
  readonly name: string;
  /** Key of the template by which its neighbour came, where it came unnamed. */
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
}
