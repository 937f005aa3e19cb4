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
 * Where the other connection is Established already, most speakers keep that one (section 6.8), but a neighbour that sees it in
 * OpenConfirm still goes by identifiers. So if these speak for the new one, it waits in OpenSent for what the neighbour does: a
 * KEEPALIVE chooses it, a NOTIFICATION or the end of the Established connection says the rest.
 */
export function survivor({ localId, remoteId, localAs, remoteAs }: Ends): 'dialled' | 'accepted' {
  const localIsGreater = localId === remoteId ? localAs > remoteAs : localId > remoteId;
  return localIsGreater ? 'dialled' : 'accepted';
}
