/** Who is who in a collision: BGP identifiers and AS numbers of both ends. */
interface Ends {
  readonly localId: number;
  readonly remoteId: number;
  readonly localAs: number;
  readonly remoteAs: number;
}

/** Outgoing (we dialled it) or incoming (we accepted it); the words are those of the status. */
export type ConnectionKind = 'dialled' | 'accepted';

/**
 * In a collision a connection stays, is closed, or waits with the OPEN that it received until the neighbour has shown
 * which connection it keeps.
 */
export type Settlement = 'stays' | 'leaves' | 'waits';

/**
 * How far the other connection is: not yet beyond OpenSent, OpenConfirm, Established here, or Established at both ends
 * as far as we can tell.
 */
export type ConnectionProgress = 'opening' | 'confirming' | 'established' | 'proven';

/**
 * Seconds after which the last KEEPALIVE of ours has reached the neighbour, so that what is Established here is
 * Established there. A connection that lives so long is not part of a race: a new one from a neighbour that restarts
 * gracefully replaces it.
 */
export const SETTLED = 10;

/**
 * Which of two colliding connections stays (RFC 4271 section 6.8): the one that the end with the greater BGP identifier
 * dialled; of equal identifiers, which stand between ASs only, the end with the greater AS number (RFC 6286 section
 * 2.3).
 */
export function survivor({ localId, remoteId, localAs, remoteAs }: Ends): ConnectionKind {
  const localIsGreater = localId === remoteId ? localAs > remoteAs : localId > remoteId;
  return localIsGreater ? 'dialled' : 'accepted';
}

/**
 * What becomes of a connection of this kind on which the neighbour's OPEN came, beside another one. What is Established
 * at both ends stays, no matter who dialled it and whatever the identifiers say (section 6.8). But while our last
 * KEEPALIVE is on its way the neighbour sees the other one in OpenConfirm and still decides by identifiers. So if these
 * speak for the new one, it waits in OpenSent for what the neighbour does: a KEEPALIVE chooses it, a NOTIFICATION or
 * the end of the Established connection says the rest, and so does an UPDATE on the Established one, which no neighbour
 * sends in OpenConfirm.
 */
export function settle(kind: ConnectionKind, other: ConnectionProgress, ends: Ends): Settlement {
  if (other === 'opening') return 'stays';
  if (other === 'proven' || survivor(ends) !== kind) return 'leaves';
  return other === 'established' ? 'waits' : 'stays';
}
