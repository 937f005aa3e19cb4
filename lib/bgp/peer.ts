import type { SessionConfig } from './session/config';
import type { Connection } from './session/connection';
import type { BgpSession } from './session/session';
import type { Timer } from './session/timers';
import type { Family } from './wire/family';

/**
 * How far a neighbour is with its initial routing update after a restart of ours (RFC 4724 section 4.1); see
 * selection-deferral.ts.
 */
export interface InitialUpdate {
  /** When the last new route came, or the session came up, milliseconds. */
  since: number;
  /** With more prefixes than this something new has come. */
  above: number;
  /** The session came up in time, and routes are not chosen without it. */
  readonly isInTime: boolean;
}

/** A neighbour of the speaker: its session, and what the speaker knows beside it. */
export interface SpeakerPeer {
  readonly session: BgpSession;
  /** Its number in the RIB. */
  readonly ribId: number;
  /** The pair of AS numbers that the RIB knows of. */
  localAs: number;
  peerAs: number;
  /** Established. */
  connection: Connection | undefined;
  /** After a restart of ours, until the neighbour has sent all its routes. */
  initialUpdate?: InitialUpdate | undefined;
  /**
   * Events that are reported once while the session is up: a malformed UPDATE, and that the limit of prefixes is near.
   */
  malformedReported: boolean;
  limitReported: boolean;
  /** Why routes cannot have this node as their next hop, by family, as reported since the session came up. */
  lacks: Partial<Record<Family, string>>;
  /** Prefixes from which on the limit is near. */
  warnAt: number;
  /** One that came unnamed and found all places taken. */
  isRefused?: boolean;
  /** Of one that came unnamed: how long it is remembered without a connection. */
  linger: Timer | undefined;
}

/** The number of prefixes from which a warning says that the limit is near. */
export const warningOf = ({ maxPrefixes, maxPrefixWarning }: SessionConfig): number =>
  maxPrefixes === undefined || maxPrefixWarning === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(1, Math.ceil((maxPrefixes * maxPrefixWarning) / 100));
