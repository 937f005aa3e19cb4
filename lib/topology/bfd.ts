import type { Bfd } from '../model/bfd';
import type { SessionBfd, SessionKind } from './session';

/** What BFD uses of a session. */
interface Place {
  readonly kind: SessionKind;
  readonly isInside: boolean;
  readonly isExternal: boolean;
  readonly multihop?: boolean;
  readonly ttlSecurity?: number;
}

/** From a neighbour on the link a packet has passed no router (RFC 5881 section 5). */
const ON_LINK = 255;

/** A profile as a session has it. */
export function bfdOf(profile: Bfd, place: Place): SessionBfd {
  const multihop = profile.multihop ?? mayBeFar(place);
  const least = place.ttlSecurity === undefined ? 1 : ON_LINK + 1 - place.ttlSecurity;
  return { ...profile, multihop, minimumTtl: multihop ? (profile.minimumTtl ?? least) : ON_LINK };
}

/**
 * The switch of a rack is on the link whatever its AS number: BGP passes over routers to an internal neighbour, BFD
 * knows no such difference.
 */
function mayBeFar({ kind, isInside, isExternal, multihop = false, ttlSecurity }: Place): boolean {
  if (ttlSecurity !== undefined) return ttlSecurity > 1;
  return multihop || isInside || (!isExternal && kind !== 'rack');
}

/** The profile of the other end of a session: of two that wait to be spoken to none would begin. */
export const fromOtherEnd = (profile: Bfd): Bfd => ({ ...profile, passive: false });
