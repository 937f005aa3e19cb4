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
 * Progress of the other connection: not beyond OpenSent, OpenConfirm, Established here, or Established at both ends as
 * far as known.
 */
export type ConnectionProgress = 'opening' | 'confirming' | 'established' | 'proven';

/**
 * Seconds after which our last KEEPALIVE has reached the neighbour, so that what is Established here is Established
 * there. A connection of that age is not part of a race: a new one from a neighbour that restarts gracefully replaces
 * it.
 */
export const SETTLED = 10;

/**
 * Which of two colliding connections stays (RFC 4271 section 6.8): the one dialled by the end with the greater BGP
 * identifier; if these are equal, which is only possible between ASs, by the end with the greater AS number (RFC 6286
 * section 2.3).
 */
export function survivor({ localId, remoteId, localAs, remoteAs }: Ends): ConnectionKind {
  const localIsGreater = localId === remoteId ? localAs > remoteAs : localId > remoteId;
  return localIsGreater ? 'dialled' : 'accepted';
}

/**
 * Decides on a connection of this kind that received the neighbour's OPEN while another one exists. What is Established
 * at both ends stays, no matter who dialled it and whatever the identifiers (section 6.8). But while our last KEEPALIVE
 * is in flight the neighbour sees the other one in OpenConfirm and still decides by identifiers. So if these favour the
 * new one, it waits in OpenSent for the neighbour: a KEEPALIVE selects it, a NOTIFICATION or the end of the Established
 * connection decides the rest, and so does an UPDATE on the Established one, which no neighbour sends in OpenConfirm.
 */
export function settle(kind: ConnectionKind, other: ConnectionProgress, ends: Ends): Settlement {
  if (other === 'opening') return 'stays';
  if (other === 'proven' || survivor(ends) !== kind) return 'leaves';
  return other === 'established' ? 'waits' : 'stays';
}
