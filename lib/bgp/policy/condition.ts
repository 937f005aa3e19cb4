import type { FilterRule } from '../../model/filter';
import { isLike } from '../../model/interface-pattern';
import { Prefix } from '../../model/prefix';
import type { RouteView } from './route-view';

/** What a rule asks of a route besides its prefix. */
export type Condition = (route: RouteView) => boolean;

/** How each field that a rule may name is asked. */
const FIELDS: { readonly [K in keyof FilterRule]?: (value: NonNullable<FilterRule[K]>) => Condition } = {
  // From cheap to dear.
  peerType: (type) => (route) => route.peerType === type,
  localPreference: (value) => (route) => route.localPreference === value,
  nextHop: (within) => (route) => route.nextHop !== undefined && within.contains(Prefix.host(route.nextHop)),
  interface: (pattern) => (route) => route.interface !== undefined && isLike(route.interface, pattern),
  source: (source) => (route) => route.isWorkload === (source === 'workload'),
  communities: (wanted) => (route) => wanted.every((community) => route.hasCommunity(community)),
  asPathBeginsWith: (numbers) => {
    const values = numbers.map(({ value }) => value);
    return (route) => route.pathBeginsWith(values);
  },
  asPathContains: (numbers) => {
    const values = numbers.map(({ value }) => value);
    return (route) => route.pathContains(values);
  },
  asPathMatches: (pattern) =>
    pattern.isOfEmptyPath ? ({ hasEmptyPath }) => hasEmptyPath : ({ pathText }) => pattern.matches(pathText),
};

/** All that a rule names besides its prefix, joined; undefined where it names nothing else. */
export function conditionOf(rule: FilterRule): Condition | undefined {
  const asked = (Object.keys(FIELDS) as (keyof FilterRule)[]).flatMap((name) => {
    const make = FIELDS[name] as ((value: unknown) => Condition) | undefined;
    return make && rule[name] !== undefined ? [make(rule[name])] : [];
  });
  if (asked.length < 2) return asked[0];
  return (route) => asked.every((condition) => condition(route));
}
