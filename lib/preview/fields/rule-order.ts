import type { Fabric } from '../../model/fabric';
import type { FilterRule } from '../../model/filter';
import { martianOf } from '../../model/martian';
import { saysSame } from './row';

/** The rules that some filters come to in a direction. */
export const rulesOf = (fabric: Fabric, filters: readonly string[], direction: 'import' | 'export'): FilterRule[] =>
  filters.flatMap((name) => fabric.filters[name]?.[direction] ?? []);

/** Rules beyond this number are compared as they stand. */
const MOST = 500;

/** Whether two lists of rules do the same, whatever the routes: they are equal, or their order makes no difference. */
export function sameRules(one: readonly FilterRule[], other: readonly FilterRule[]): boolean {
  if (saysSame(one, other)) return true;
  if (one.length !== other.length || one.length > MOST) return false;
  return saysSame(inOrder(one), inOrder(other));
}

/**
 * The first of all lists that do the same: of the rules that may come next, as they do the same before all that are
 * left over, the one whose text is the lowest.
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

/** Whether it makes no difference which of two rules is asked first: no route matches both, or both do the same. */
function commute(one: FilterRule, other: FilterRule): boolean {
  const [a, b] = [one.prefix, other.prefix];
  if (a && b && (a.family !== b.family || !(a.contains(b) || b.contains(a)))) return true;
  if (one.action !== other.action || !saysSame(one.set, other.set)) return false;
  // A martian is accepted only by a rule that names its range.
  return one.action === 'reject' || ![a, b].some((prefix) => prefix && martianOf(prefix));
}
