import type { SessionConfig } from '../bgp/session/config';
import { type PathAttributes, SEGMENT } from '../bgp/wire/path-attributes';
import { isExternalSession } from './neighbour';

type AsNumbers = Pick<SessionConfig, 'acceptable'>;

const DEFAULT_PREFERENCE = 100;

/**
 * What a neighbour sends over a session whose AS numbers have changed, from what it sent before: an external neighbour
 * puts its AS number first in the path and sends no LOCAL_PREF (RFC 4271 sections 5.1.2 and 5.1.5).
 */
export function underOtherAs(attributes: PathAttributes, was: AsNumbers, is: AsNumbers): PathAttributes {
  const [from, to] = [was, is].map((one) => ({ as: one.acceptable[0].remoteAs, isExternal: isExternalSession(one) }));
  if (from.isExternal === to.isExternal && (from.as === to.as || !to.isExternal)) return attributes;
  // A neighbour that may be in any other AS stays in its own.
  if (from.isExternal && to.isExternal && [was, is].some(({ acceptable: [one] }) => one.anyExternal)) return attributes;
  const { asPath = [], localPref = DEFAULT_PREFERENCE, ...rest } = attributes;
  const path = from.isExternal ? withoutFirst(asPath, from.as) : asPath;
  if (!to.isExternal) return { ...rest, asPath: path, localPref };
  return { ...rest, asPath: [{ type: SEGMENT.sequence, members: [to.as] }, ...path] };
}

function withoutFirst(
  [first, ...others]: NonNullable<PathAttributes['asPath']>,
  as: number,
): NonNullable<PathAttributes['asPath']> {
  if (first?.members[0] !== as) return first ? [first, ...others] : [];
  const members = first.members.slice(1);
  return members.length === 0 ? others : [{ ...first, members }, ...others];
}
