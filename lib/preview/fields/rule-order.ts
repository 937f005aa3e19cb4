import type { Fabric } from '../../model/fabric';
import type { FilterRule } from '../../model/filter';
import { martianOf } from '../../model/martian';
import { saysSame } from './row';

/** The combined rules of some filters in a direction. */
export const rulesOf = (fabric: Fabric, filters: readonly string[], direction: 'import' | 'export'): FilterRule[] =>
  filters.flatMap((name) => fabric.filters[name]?.[direction] ?? []);

/** Longer lists of rules are compared as they are. */
const MOST = 500;

/**
 * Whether two lists of rules are equivalent for all routes: they are equal, or differ only in an order that does not
 * matter.
 */
export function sameRules(one: readonly FilterRule[], other: readonly FilterRule[]): boolean {
  if (saysSame(one, other)) return true;
  if (one.length !== other.length || one.length > MOST) return false;
  return saysSame(inOrder(one), inOrder(other));
}

/**
 * Canonical order among equivalent lists: of the rules that may come next, because they commute with all remaining
 * ones, the one with the lowest text.
 */
function inOrder(rules: readonly FilterRule[]): string[] {
  const left = rules.map((rule) => ({ rule, text: JSON.stringify(rule) }));
  const ordered: string[] = [];
  while (left.length > 0) {
    let first = 0;
    for (let i = 1; i < left.length; i++)
      if (left[i].text < left[first].text && left.slice(0, i).every(({ rule }) => commute(rule, left[i].rule)))
        first = i;
    ordered.push(...left.splice(first, 1).map(({ text }) => text));
  }
  return ordered;
}

/** Whether the order of two rules does not matter: no route matches both, or both have the same effect. */
function commute(one: FilterRule, other: FilterRule): boolean {
  const [a, b] = [one.prefix, other.prefix];
  if (a && b && (a.family !== b.family || !(a.contains(b) || b.contains(a)))) return true;
  if (one.action !== other.action || !saysSame(one.set, other.set)) return false;
  // A martian is accepted only by a rule that names its range.
  return one.action === 'reject' || ![a, b].some((prefix) => prefix && martianOf(prefix));
}
