import { conditionOf } from '../bgp/policy/condition';
import { PrefixRules, REJECTED } from '../bgp/policy/prefix-rules';
import type { Fabric } from '../model/fabric';
import type { FilterRule } from '../model/filter';
import { isLike } from '../model/interface-pattern';
import { martianOf } from '../model/martian';
import type { Prefix } from '../model/prefix';

/**
 * Which rules of all filters of some fabrics look at a prefix, as a string: prefixes of one text fare alike in every
 * policy that is made of them, whatever else their routes are.
 */
export class RuleKeys {
  private readonly lists: readonly RuleList[];
  /** Names of interfaces that rules ask for. */
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

  /** Which rules ask for an interface of this name, as a string. */
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
  /** Those that ask for nothing but the prefix: the first that matches decides. */
  private readonly sure: PrefixRules;
  /** Those that ask for more, by their place. */
  private readonly perhaps: readonly { readonly at: number; readonly rule: PrefixRules }[];
  /** What each rule does; equal numbers for the same. */
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
    // Which rule it is matters to a martian: one must name it.
    const does = first < 0 || isMartian ? first : this.does[first];
    return `${does}${before.map(({ at }) => `,${at}`).join('')}`;
  }
}
