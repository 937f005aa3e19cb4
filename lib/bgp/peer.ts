import type { SessionConfig } from './session/config';
import type { Connection } from './session/connection';
import type { BgpSession } from './session/session';
import type { Timer } from './session/timers';
import type { Family } from './wire/family';

/**
 * Progress of a neighbour's initial routing update after a restart of ours (RFC 4724 section 4.1); see
 * selection-deferral.ts.
 */
export interface InitialUpdate {
  /** When the last new route was received, or the session was established, milliseconds. */
  since: number;
  /** More prefixes than this count as progress. */
  above: number;
  /** The session came up in time, so that selection waits for it. */
  readonly isInTime: boolean;
}

/** A neighbour: its session, and the speaker's data about it. */
export interface SpeakerPeer {
  readonly session: BgpSession;
  /** Its number in the RIB. */
  readonly ribId: number;
  /** The pair of AS numbers known to the RIB. */
  localAs: number;
  peerAs: number;
  /** The established connection. */
  connection: Connection | undefined;
  /** Set after a restart of ours until the neighbour has sent all its routes. */
  initialUpdate?: InitialUpdate | undefined;
  /** Events reported only once per established session: a malformed UPDATE, and a prefix limit nearly reached. */
  malformedReported: boolean;
  limitReported: boolean;
  /** Why routes cannot have this node as next hop, by family, as last reported on this session. */
  lacks: Partial<Record<Family, string>>;
  /** Number of prefixes from which the limit counts as nearly reached. */
  warnAt: number;
  /** It is unnamed and was refused, as its template is full. */
  isRefused?: boolean;
  /** Of an unnamed one: how long it is remembered without a connection. */
  linger: Timer | undefined;
}

/** The number of prefixes from which a warning is given. */
export const warningOf = ({ maxPrefixes, maxPrefixWarning }: SessionConfig): number =>
  maxPrefixes === undefined || maxPrefixWarning === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(1, Math.ceil((maxPrefixes * maxPrefixWarning) / 100));
