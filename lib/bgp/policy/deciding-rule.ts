import type { Policy } from '../../model/filter';
import type { Prefix } from '../../model/prefix';
import { CompiledPolicy } from './policy';
import type { RouteView } from './route-view';

/** Policies whose outcomes are the places of their rules, by the policy that they stand for. */
const numbered = new WeakMap<Policy, CompiledPolicy>();

/**
 * The place of the rule that decides about a route, -1 where none matches and `otherwise` does. For status: routes
 * themselves are judged by the policy.
 */
export function decidingRule(policy: Policy, route: RouteView, prefix: Prefix): number {
  if (policy.rules.length === 0) return -1;
  let compiled = numbered.get(policy);
  if (!compiled) {
    // Rules that set different things have different outcomes, counted from 1 on.
    const rules = policy.rules.map((rule, i) => ({ ...rule, action: 'accept' as const, set: { med: i } }));
    compiled = CompiledPolicy.of({ rules, otherwise: 'reject' });
    numbered.set(policy, compiled);
  }
  const outcome = compiled.rulesFor(route).outcome(prefix);
  return outcome < 0 ? -1 : outcome - 1;
}
