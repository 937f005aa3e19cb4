import type { RuleMatchesStatus } from '../../control/status';

/** Decisions of each rule, in a line: `filter tor: rule 1 accept 12, rule 2 reject 3; no rule 4`. */
export function matchesText({ rules, unmatched }: RuleMatchesStatus): string {
  const byFilter = new Map<string, string[]>();
  for (const { filter, number, action, routes } of rules) {
    const name = filter === undefined ? 'no filter of its own' : `filter ${filter}`;
    byFilter.set(name, [...(byFilter.get(name) ?? []), `rule ${number} ${action} ${routes}`]);
  }
  return [...[...byFilter].map(([name, texts]) => `${name}: ${texts.join(', ')}`), `no rule: ${unmatched}`].join('; ');
}
