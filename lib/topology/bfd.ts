import type { Bfd } from '../model/bfd';
import type { SessionBfd, SessionKind } from './session';

/** The parts of a session that BFD depends on. */
interface Place {
  readonly kind: SessionKind;
  readonly isInside: boolean;
  readonly isExternal: boolean;
  readonly multihop?: boolean;
  readonly ttlSecurity?: number;
  /** Over a link without addresses. */
  readonly isOnLink?: boolean;
}

/** A packet from a neighbour on the link has not been forwarded (RFC 5881 section 5). */
const ON_LINK = 255;

/** The BFD parameters of a session with a profile. */
export function bfdOf(profile: Bfd, place: Place): SessionBfd {
  const multihop = profile.multihop ?? mayBeFar(place);
  const least = place.ttlSecurity === undefined ? 1 : ON_LINK + 1 - place.ttlSecurity;
  return { ...profile, multihop, minimumTtl: multihop ? (profile.minimumTtl ?? least) : ON_LINK };
}

/**
 * Top-of-rack neighbours are always on the link, also for iBGP: BGP allows an internal neighbour to be several hops
 * away, but single-hop BFD makes no such distinction.
 */
function mayBeFar({ kind, isInside, isExternal, multihop = false, ttlSecurity, isOnLink = false }: Place): boolean {
  if (isOnLink) return false;
  if (ttlSecurity !== undefined) return ttlSecurity > 1;
  return multihop || isInside || (!isExternal && kind !== 'rack');
}

/** The profile for the other end of a session: if both were passive, neither would start. */
export const fromOtherEnd = (profile: Bfd): Bfd => ({ ...profile, passive: false });
