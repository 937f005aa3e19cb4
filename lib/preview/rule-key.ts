import { conditionOf } from '../bgp/policy/condition';
import { PrefixRules, REJECTED } from '../bgp/policy/prefix-rules';
import type { Fabric } from '../model/fabric';
import type { FilterRule } from '../model/filter';
import { isLike } from '../model/interface-pattern';
import { martianOf } from '../model/martian';
import type { Prefix } from '../model/prefix';

/**
 * A key of the rules, of all filters of some fabrics, that match a prefix: prefixes with the same key are equivalent
 * for every policy made of these filters, whatever the other attributes.
 */
export class RuleKeys {
  private readonly lists: readonly RuleList[];
  /** Interface names that rules match on. */
  private readonly interfaces: readonly string[];

  constructor(fabrics: readonly (Fabric | undefined)[]) {
    const lists = new Map<string, readonly FilterRule[]>();
    const interfaces = new Set<string>();
    for (const fabric of fabrics)
      for (const filter of Object.values(fabric?.filters ?? {}))
        for (const rules of [filter.import, filter.export]) {
          if (rules.some(({ prefix }) => prefix)) lists.set(JSON.stringify(rules), rules);
          for (const rule of rules) if (rule.interface !== undefined) interfaces.add(rule.interface);
        }
    this.lists = [...lists.values()].map((rules) => new RuleList(rules));
    this.interfaces = [...interfaces];
  }

  /** A key of the rules that match on an interface with this name. */
  ofLink(link: string): string {
    return this.interfaces.map((pattern) => (isLike(link, pattern) ? '1' : '0')).join('');
  }

  of(prefix: Prefix): string {
    const isMartian = martianOf(prefix) !== undefined;
    const kind = prefix.length === 0 ? 'default' : isMartian ? 'martian' : '';
    return `${prefix.family} ${kind} ${this.lists.map((list) => list.of(prefix, isMartian)).join(' ')}`;
  }
}

/** One list of rules. */
class RuleList {
  /** Rules that match only on the prefix: the first match decides. */
  private readonly sure: PrefixRules;
  /** Rules with further conditions, by index. */
  private readonly perhaps: readonly { readonly at: number; readonly rule: PrefixRules }[];
  /** Effect of each rule, as a number; equal for equal effects. */
  private readonly does: readonly number[];

  constructor(rules: readonly FilterRule[]) {
    const all = rules.map(({ prefix, ge, le }, at) => ({ prefix, ge, le, outcome: at }));
    const asksMore = rules.map((rule) => conditionOf(rule) !== undefined);
    const texts = rules.map(({ action, set }) => JSON.stringify([action, set]));
    this.does = texts.map((text) => texts.indexOf(text));
    this.sure = new PrefixRules(
      all.filter((_, at) => !asksMore[at]),
      REJECTED,
    );
    this.perhaps = all.flatMap((range, at) =>
      asksMore[at] && range.prefix ? [{ at, rule: new PrefixRules([{ ...range, outcome: 0 }], REJECTED) }] : [],
    );
  }

  of(prefix: Prefix, isMartian: boolean): string {
    const first = this.sure.outcome(prefix);
    const before = this.perhaps.filter(({ at, rule }) => (first < 0 || at < first) && rule.outcome(prefix) === 0);
    // For a martian it matters which rule matches: one must name its range.
    const does = first < 0 || isMartian ? first : this.does[first];
    return `${does}${before.map(({ at }) => `,${at}`).join('')}`;
  }
}
