import type { FilterRule, Policy } from '../model/filter';
import { Prefix } from '../model/prefix';

/** Conditions that speak of more than the prefix: whether they hold is known only of a route. */
const UNKNOWN_OF_PREFIX = [
  'communities',
  'asPathBeginsWith',
  'asPathContains',
  'asPathMatches',
  'localPreference',
  'peerType',
  'nextHop',
  'interface',
  'source',
] as const satisfies readonly (keyof FilterRule)[];

/**
 * Whether a policy can let a route to a prefix through, whatever else the route is: only what it surely turns away it
 * does not.
 */
export function letsThrough({ rules, otherwise }: Policy, prefix: Prefix): boolean {
  for (const rule of rules) {
    if (!coversPrefix(rule, prefix)) continue;
    const isSure = UNKNOWN_OF_PREFIX.every((condition) => rule[condition] === undefined);
    if (rule.action === 'accept') return true;
    if (isSure) return false;
  }
  return otherwise === 'accept';
}

/** Whether no rule accepts anything before one rejects everything. */
export function rejectsAll({ rules, otherwise }: Policy): boolean {
  for (const { action, set: _, ...conditions } of rules) {
    if (action === 'accept') return false;
    if (Object.values(conditions).every((condition) => condition === undefined)) return true;
  }
  return otherwise === 'reject';
}

/** Whether a policy turns away whatever has an AS number in its path. */
export const needsEmptyPath = ({ rules, otherwise }: Policy): boolean =>
  otherwise === 'reject' &&
  rules.every(({ action, asPathMatches }) => action === 'reject' || asPathMatches?.isOfEmptyPath === true);

function coversPrefix({ prefix: within, ge, le }: FilterRule, prefix: Prefix): boolean {
  if (!within) return true;
  return (
    within.family === prefix.family &&
    prefix.length >= (ge ?? within.length) &&
    prefix.length <= (le ?? 128) &&
    Prefix.of(prefix.address, within.length).toString() === within.toString()
  );
}
