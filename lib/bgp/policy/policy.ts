import type { FilterRule, Policy, RouteSettings } from '../../model/filter';
import { martianOf } from '../../model/martian';
import type { Prefix } from '../../model/prefix';
import { type Condition, conditionOf } from './condition';
import { type PrefixRange, PrefixRules, REJECTED, type RuleOutcome } from './prefix-rules';
import type { RouteView } from './route-view';

export type { Policy } from '../../model/filter';

/** Accepts everything. */
export const ACCEPT_ALL: Policy = { rules: [], otherwise: 'accept' };

/** Rejects everything: the default for an outside eBGP neighbour without a policy (RFC 8212). */
export const REJECT_ALL: Policy = { rules: [], otherwise: 'reject' };

/** Maximum number of cached results of {@link CompiledPolicy.rulesFor}. */
const MOST_KEPT = 256;

interface CompiledRule extends PrefixRange {
  readonly condition: Condition | undefined;
  readonly outcome: RuleOutcome;
}

/**
 * A policy compiled for evaluating millions of prefixes. Conditions on attributes are evaluated once for each attribute
 * set, which leaves rules about prefixes. A policy's result for a route never changes, so results may be cached.
 */
export class CompiledPolicy {
  /** The rules about prefixes, if no rule has other conditions; otherwise undefined: call {@link rulesFor}. */
  readonly prefixRules: PrefixRules | undefined;
  /** Settings by outcome; none for outcome 0. */
  readonly settings: readonly (RouteSettings | undefined)[];
  private readonly rules: readonly CompiledRule[];
  private readonly otherwise: RuleOutcome;
  private readonly kept = new Map<string, PrefixRules>();
  /**
   * The policy as applied to martians: to accept them a rule must name a prefix within one of their ranges, as a rule
   * about all routes or a default never includes them. Undefined if no rule names any. Outcomes are the same as here.
   */
  readonly forMartians: CompiledPolicy | undefined;

  private constructor(policy: Policy, admits?: (rule: FilterRule) => boolean) {
    const settings: (RouteSettings | undefined)[] = [undefined];
    const known = new Map<string, RuleOutcome>([['{}', 0]]);
    this.rules = policy.rules.map((rule) => {
      let outcome = REJECTED;
      if (rule.action === 'accept') {
        const key = JSON.stringify(rule.set ?? {});
        outcome = known.get(key) ?? settings.push(rule.set) - 1;
        known.set(key, outcome);
        if (admits && !admits(rule)) outcome = REJECTED;
      }
      return { prefix: rule.prefix, ge: rule.ge, le: rule.le, condition: conditionOf(rule), outcome };
    });
    this.settings = settings;
    this.otherwise = policy.otherwise === 'accept' && !admits ? 0 : REJECTED;
    if (this.rules.every(({ condition }) => !condition)) this.prefixRules = new PrefixRules(this.rules, this.otherwise);
    if (!admits && policy.rules.some(admitsMartians)) this.forMartians = new CompiledPolicy(policy, admitsMartians);
  }

  static of(policy: Policy): CompiledPolicy {
    return new CompiledPolicy(policy);
  }

  /** Whether it may change the next hop of routes. */
  get changesNextHop(): boolean {
    return this.settings.some((settings) => settings?.nextHop !== undefined);
  }

  /** The policy for all routes with these attributes: rules about their prefixes. */
  rulesFor(route: RouteView): PrefixRules {
    if (this.prefixRules) return this.prefixRules;
    let key = '';
    const left: CompiledRule[] = [];
    for (const [i, rule] of this.rules.entries()) {
      if (rule.condition && !rule.condition(route)) continue;
      left.push(rule);
      key += `${i} `;
      if (!rule.prefix) break; // later rules are never reached
    }
    let rules = this.kept.get(key);
    if (!rules) {
      rules = new PrefixRules(left, this.otherwise);
      if (this.kept.size >= MOST_KEPT) this.kept.clear();
      this.kept.set(key, rules);
    }
    return rules;
  }
}

/** Loopback, multicast and link-local prefixes have no exception. */
const admitsMartians = ({ prefix, action }: FilterRule): boolean =>
  action === 'accept' && prefix !== undefined && martianOf(prefix)?.isAdmissible === true;

/** Whether two policies are identical in content. */
export function samePolicy(a: Policy | undefined, b: Policy | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** Whether any of the ranges contains the prefix. */
export function matchesAny(ranges: readonly PrefixRange[], prefix: Prefix): boolean {
  return (
    new PrefixRules(
      ranges.map((range) => ({ ...range, outcome: 0 })),
      REJECTED,
    ).outcome(prefix) === 0
  );
}

export type { PrefixRange } from './prefix-rules';
