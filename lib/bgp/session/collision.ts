/** Who is who in a collision: BGP identifiers and AS numbers of both ends. */
export interface Ends {
  readonly localId: number;
  readonly remoteId: number;
  readonly localAs: number;
  readonly remoteAs: number;
}

/**
 * Which of two colliding connections stays (RFC 4271 section 6.8): the one that the end with the greater BGP identifier dialled;
 * of equal identifiers, which stand between ASs only, the end with the greater AS number (RFC 6286 section 2.3).
 *
 * It is asked in Established too (CollisionDetectEstablishedState, section 8.1.1 attribute 6): so both ends always name the same
 * connection, in whatever order their messages cross, and a neighbour that came back needn't wait for our hold timer.
 */
export function survivor({ localId, remoteId, localAs, remoteAs }: Ends): 'dialled' | 'accepted' {
  const localIsGreater = localId === remoteId ? localAs > remoteAs : localId > remoteId;
  return localIsGreater ? 'dialled' : 'accepted';
}
