import type { FilterRule } from '../../model/filter';
import { isLike } from '../../model/interface-pattern';
import { Prefix } from '../../model/prefix';
import type { RouteView } from './route-view';

/** The conditions of a rule other than on the prefix. */
export type Condition = (route: RouteView) => boolean;

/** What a rule does, and its conditions on the prefix, which the policy's index of prefixes evaluates. */
type Others = 'action' | 'prefix' | 'ge' | 'le' | 'set';

/** Evaluates each field of a rule: one without a row would apply to every route. */
const FIELDS: {
  readonly [K in Exclude<keyof FilterRule, Others>]-?: (value: NonNullable<FilterRule[K]>) => Condition;
} = {
  // In order of increasing cost.
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

/** All conditions of a rule other than on the prefix, combined; undefined if there are none. */
export function conditionOf(rule: FilterRule): Condition | undefined {
  const asked = (Object.keys(FIELDS) as (keyof typeof FIELDS)[]).flatMap((name) => {
    const make = FIELDS[name] as (value: unknown) => Condition;
    return rule[name] === undefined ? [] : [make(rule[name])];
  });
  if (asked.length < 2) return asked[0];
  return (route) => asked.every((condition) => condition(route));
}
