import type { PathAttributes } from '../../bgp/wire/path-attributes';
import { type AsPathSegment, SEGMENT } from '../../bgp/wire/path-attributes';
import type { RouteStatus } from '../../control/status';
import { Community } from '../../model/community';

const ORIGINS = ['igp', 'egp', 'incomplete'] as const;

/** Attributes of a route in the control protocol's format. */
export function attributeTexts(
  attributes: PathAttributes,
): Pick<RouteStatus, 'asPath' | 'origin' | 'localPref' | 'med' | 'communities'> {
  const { asPath = [], origin, localPref, med } = attributes;
  const communities = communityTexts(attributes);
  return {
    asPath: asPath.map(segmentText).join(' '),
    ...(origin !== undefined && { origin: ORIGINS[origin] }),
    ...(localPref !== undefined && { localPref }),
    ...(med !== undefined && { med }),
    ...(communities.length > 0 && { communities }),
  };
}

/** In the usual notation: a set in braces. */
const segmentText = ({ type, members }: AsPathSegment): string =>
  type === SEGMENT.set ? `{${members.join(',')}}` : members.join(' ');

function communityTexts({
  communities = [],
  extendedCommunities = [],
  largeCommunities = [],
}: PathAttributes): string[] {
  const all = [
    ...communities.map((one) => Community.of('standard', octetsOf(one))),
    ...extendedCommunities.map((one) => Community.of('extended', one)),
    ...largeCommunities.map((parts) => Community.of('large', octetsOf(...parts))),
  ];
  return all.map(String);
}

const octetsOf = (...words: readonly number[]): Uint8Array =>
  Uint8Array.from(words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]));
