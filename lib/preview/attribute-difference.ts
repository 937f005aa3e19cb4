import type { AsPathSegment, PathAttributes } from '../bgp/wire/path-attributes';
import { SEGMENT } from '../bgp/wire/path-attributes';
import { IpAddress } from '../model/address';

/**
 * Describes the change in the attributes of a route: `local preference 100 to 200, community +64512:1`. Empty if none.
 */
export function differenceOf(before: PathAttributes, after: PathAttributes): string {
  return FIELDS.flatMap(([word, of, isPrepended]) => {
    const [was, is] = [of(before), of(after)];
    if (was === is) return [];
    // Many prefixes have the same AS numbers prepended.
    if (isPrepended && is.endsWith(` ${was}`)) return [`${word} +${is.slice(0, -was.length - 1)}`];
    return [`${word} ${was || 'none'} to ${is || 'none'}`];
  })
    .concat(COMMUNITIES.flatMap(([word, of]) => memberChange(word, of(before), of(after))))
    .join(', ');
}

const text = (value: number | undefined): string => (value === undefined ? '' : String(value));

const PREPENDED = true;

const FIELDS: readonly (readonly [string, (of: PathAttributes) => string, isPrepended?: true])[] = [
  // Default for a route without one.
  ['local preference', ({ localPref = 100 }) => text(localPref)],
  ['MED', ({ med }) => text(med)],
  ['AS path', ({ asPath = [] }) => asPath.map(segmentText).join(' '), PREPENDED],
  ['origin', ({ origin }) => ['IGP', 'EGP', 'incomplete'][origin ?? 2]],
  ['next hop', ({ nextHop }) => (nextHop ? IpAddress.fromBytes(nextHop).toString() : '')],
  ['ONLY_TO_CUSTOMER', ({ onlyToCustomer }) => text(onlyToCustomer)],
];

const COMMUNITIES: readonly (readonly [string, (of: PathAttributes) => readonly string[]])[] = [
  ['community', ({ communities = [] }) => communities.map((one) => `${one >>> 16}:${one & 0xffff}`)],
  ['extended community', ({ extendedCommunities = [] }) => extendedCommunities.map(hexadecimal)],
  ['large community', ({ largeCommunities = [] }) => largeCommunities.map((one) => one.join(':'))],
];

function memberChange(word: string, before: readonly string[], after: readonly string[]): string[] {
  const added = after.filter((one) => !before.includes(one));
  const removed = before.filter((one) => !after.includes(one));
  return [...added.map((one) => `${word} +${one}`), ...removed.map((one) => `${word} -${one}`)];
}

/** As in routers: a set in braces. */
const segmentText = ({ type, members }: AsPathSegment): string =>
  type === SEGMENT.set ? `{${members.join(',')}}` : members.join(' ');

const hexadecimal = (octets: Uint8Array): string =>
  [...octets].map((octet) => octet.toString(16).padStart(2, '0')).join('');
