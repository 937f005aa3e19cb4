import type { RuleStatus } from '../../control/status';
import type { Fabric } from '../../model/fabric';
import type { FilterRule, Policy } from '../../model/filter';
import { placeOfRule } from '../../topology/rule-place';

/** The rule at a position of a policy; undefined for -1: no rule. */
export function ruleStatus(fabric: Fabric | undefined, policy: Policy | undefined, at: number): RuleStatus | undefined {
  const rule = policy?.rules[at];
  return rule && namedRule(fabric, rule, at);
}

/** `at`: its position, shown for a rule that belongs to no filter. */
export const namedRule = (fabric: Fabric | undefined, rule: FilterRule, at: number): RuleStatus => ({
  ...((fabric && placeOfRule(fabric, rule)) ?? { number: at + 1 }),
  action: rule.action,
});

/**
 * Which rule of a policy rejects a route, or that none accepts it, worded to follow a colon. `at`: position of the
 * rule, -1 for none.
 */
export function rejection(fabric: Fabric | undefined, policy: Policy | undefined, at: number): string {
  const rule = ruleStatus(fabric, policy, at);
  if (rule) return ruleText(rule);
  const filters = new Set((policy?.rules ?? []).flatMap((one, i) => namedRule(fabric, one, i).filter ?? []));
  if (!policy || policy.rules.length === 0) return 'there are no filters (RFC 8212)';
  const names = [...filters].join(', ');
  return names === ''
    ? 'no rule accepts it'
    : `no rule of ${filters.size === 1 ? 'filter' : 'filters'} ${names} accepts it`;
}

const ruleText = ({ filter, number }: RuleStatus): string =>
  filter === undefined ? `rule ${number}` : `rule ${number} of filter ${filter}`;
