import type { Policy } from '../../model/filter';
import type { Prefix } from '../../model/prefix';
import { CompiledPolicy } from './policy';
import type { RouteView } from './route-view';

/** Variants of policies whose outcomes are rule positions, by the original policy. */
const numbered = new WeakMap<Policy, CompiledPolicy>();

/**
 * The position of the rule that decides on a route, -1 if none matches and `otherwise` applies. For status: routes
 * themselves are judged by the policy.
 */
export function decidingRule(policy: Policy, route: RouteView, prefix: Prefix): number {
  if (policy.rules.length === 0) return -1;
  let compiled = numbered.get(policy);
  if (!compiled) {
    // Rules with different settings have different outcomes, numbered from 1.
    const rules = policy.rules.map((rule, i) => ({ ...rule, action: 'accept' as const, set: { med: i } }));
    compiled = CompiledPolicy.of({ rules, otherwise: 'reject' });
    numbered.set(policy, compiled);
  }
  const outcome = compiled.rulesFor(route).outcome(prefix);
  return outcome < 0 ? -1 : outcome - 1;
}
