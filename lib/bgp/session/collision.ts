/** The ends in a collision: BGP identifiers and AS numbers of both. */
interface Ends {
  readonly localId: number;
  readonly remoteId: number;
  readonly localAs: number;
  readonly remoteAs: number;
}

/** Outgoing (dialled by us) or incoming (accepted); the words are those of the status. */
export type ConnectionKind = 'dialled' | 'accepted';

/**
 * In a collision a connection stays, is closed, or waits, with the received OPEN pending, until the neighbour has shown
 * which connection it keeps.
 */
export type Settlement = 'stays' | 'leaves' | 'waits';

/**
 * Progress of the other connection: not beyond OpenSent; in OpenConfirm; Established here; or, as far as known,
 * Established at both ends.
 */
export type ConnectionProgress = 'opening' | 'confirming' | 'established' | 'proven';

/**
 * Seconds after which the KEEPALIVE that confirmed a connection has reached the neighbour, so that it is Established at
 * both ends. A connection of that age is no longer part of a collision: a new one from a neighbour that restarts
 * gracefully replaces it.
 */
export const SETTLED = 10;

/**
 * Which of two colliding connections stays (RFC 4271 section 6.8): the one dialled by the end with the greater BGP
 * identifier; if both are equal, which is only possible between different ASs, by the end with the greater AS number
 * (RFC 6286 section 2.3).
 */
export function survivor({ localId, remoteId, localAs, remoteAs }: Ends): ConnectionKind {
  const localIsGreater = localId === remoteId ? localAs > remoteAs : localId > remoteId;
  return localIsGreater ? 'dialled' : 'accepted';
}

/**
 * Decides on a connection of this kind that received the neighbour's OPEN while another one exists. One that is
 * Established at both ends stays, no matter who dialled it and whatever the identifiers (section 6.8). But while the
 * KEEPALIVE that confirmed it is in flight, the neighbour still has it in OpenConfirm, and decides by identifiers. If
 * these favour the new connection, it waits in OpenSent until the neighbour's choice is known: a KEEPALIVE on the new
 * connection selects it; a NOTIFICATION on it, or an UPDATE on the other one, which no neighbour sends in OpenConfirm,
 * selects the other one; if the other one ends, the new one continues.
 */
export function settle(kind: ConnectionKind, other: ConnectionProgress, ends: Ends): Settlement {
  if (other === 'opening') return 'stays';
  if (other === 'proven' || survivor(ends) !== kind) return 'leaves';
  return other === 'established' ? 'waits' : 'stays';
}
