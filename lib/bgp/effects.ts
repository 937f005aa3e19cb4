import type { IpAddress } from '../model/address';
import type { Prefix } from '../model/prefix';
import type { NextHopState, OriginAttributes } from './rib/rib';
import type { SessionConfig, Transport } from './session/config';
import type { SessionNews } from './session/session';
import type { SessionTemplate } from './session/template';

/** Parameters of the speaker as a whole. Another BGP identifier restarts every session. */
export interface RoutingOptions {
  /** BGP identifier of this node, 32 bits. */
  readonly routerId: number;
  /** RFC 4456; absent: the router id. */
  readonly clusterId?: number;
  /** Most paths of equal cost that are used side by side, all of external or all of internal neighbours; absent: 1. */
  readonly multipath?: number;
}

/** Fixed for the life of a speaker. */
export interface SpeakerOptions {
  /** Where the jitter begins: a run with the same seed and the same inputs gives the same effects. */
  readonly seed: number;
  /** Forwarding state outlived a restart: for so many seconds at most wait for the neighbours' routes before choosing (RFC 4724 section 4.1). */
  readonly restartingFor?: number;
}

/**
 * All that can happen to a speaker. Connections are numbers: those it dials are even and named by it, those that are accepted are
 * odd and named by the host; none is used twice.
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
  | { readonly kind: 'failed'; readonly connection: number; readonly reason: string }
  | { readonly kind: 'closed'; readonly connection: number; readonly reason?: string }
  | { readonly kind: 'bytes'; readonly connection: number; readonly bytes: Uint8Array }
  /** The network took so many octets of what was sent on a connection. */
  | { readonly kind: 'written'; readonly connection: number; readonly octets: number }
  /** The time asked for by the last `timer` effect is there. */
  | { readonly kind: 'timer' }
  | { readonly kind: 'originate'; readonly prefix: Prefix; readonly attributes?: OriginAttributes }
  | { readonly kind: 'withdraw'; readonly prefix: Prefix }
  /** What the kernel knows of the ways to next hops; `state` undefined: nothing. */
  | {
      readonly kind: 'nextHops';
      readonly changes: readonly { readonly address: IpAddress; readonly state: NextHopState | undefined }[];
    }
  /**
   * RFC 8326: the neighbour of a session, or of every one where none is named, those of later configurations included, is told that it is about to end
   * (`on`) or no longer. All that is told or heard over it becomes the last choice, there and here; the session itself stays.
   */
  | { readonly kind: 'gracefulShutdown'; readonly session?: string; readonly on: boolean }
  /** Closes a session and lets it come up again; its neighbour is told of an administrative reset. */
  | { readonly kind: 'reset'; readonly session: string }
  /** Ends everything. `graceful`: connections are closed without a word, so that neighbours keep our routes (RFC 4724). */
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
  /** Give `timer` at this time, milliseconds, instead of any time asked for before; one not later than now: as soon as what waits was given. */
  | { readonly kind: 'timer'; readonly at: number }
  /** Best routes changed: see `Rib.takeChanges`. */
  | { readonly kind: 'routes' }
  | { readonly kind: 'event'; readonly event: SpeakerEvent };

/** Something that people want to know. */
export interface SpeakerEvent {
  /** Key and name of the session; empty where it belongs to none. */
  readonly session: string;
  readonly name: string;
  readonly type: SessionNews | 'end-of-rib' | 'malformed' | 'rejected' | 'dynamic' | 'limit';
  readonly text: string;
}
