import { ADDRESS_BITS, type AddressFamily } from '../model/address';
import type { FilterRule, Policy } from '../model/filter';
import { Prefix } from '../model/prefix';

/** Conditions that depend on more than the prefix. */
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

/** Whether a policy can accept a route to a prefix, whatever its attributes. False only if it certainly rejects it. */
export function letsThrough({ rules, otherwise }: Policy, prefix: Prefix): boolean {
  for (const rule of rules) {
    if (!coversPrefix(rule, prefix)) continue;
    const isSure = UNKNOWN_OF_PREFIX.every((condition) => rule[condition] === undefined);
    if (rule.action === 'accept') return true;
    if (isSure) return false;
  }
  return otherwise === 'accept';
}

/** What is certain about all routes that go over a session. */
interface OnSession {
  readonly isInternal: boolean;
  readonly families: readonly AddressFamily[];
}

/**
 * A policy as it applies to the routes of a session: without rules that match none of them, and without conditions that
 * all of them meet.
 */
export const policyOn = (policy: Policy, { isInternal, families }: OnSession): Policy =>
  policy.rules.length === 0
    ? policy
    : {
        ...policy,
        rules: policy.rules.flatMap(({ peerType, ...rule }): FilterRule[] => {
          const { prefix, ge, le, ...rest } = rule;
          if (peerType !== undefined && (peerType === 'ibgp') !== isInternal) return [];
          if (!prefix) return [rule];
          if (!families.includes(prefix.family)) return [];
          const bits = ADDRESS_BITS[prefix.family];
          return [families.length === 1 && prefix.length === 0 && !ge && (le ?? bits) === bits ? rest : rule];
        }),
      };

/** Whether some rule rejects everything before any rule accepts. */
export function rejectsAll({ rules, otherwise }: Policy): boolean {
  for (const { action, set: _, ...conditions } of rules) {
    if (action === 'accept') return false;
    if (Object.values(conditions).every((condition) => condition === undefined)) return true;
  }
  return otherwise === 'reject';
}

/** Whether a policy rejects every path that is not empty. */
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
