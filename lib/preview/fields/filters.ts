import type { Fabric } from '../../model/fabric';
import type { FilterRule } from '../../model/filter';
import { MOVED_NEXT_HOPS } from './next-hop';
import { normalRules } from './normal-rules';
import { type FieldFinding, type FieldRow, type FieldRows, saysSame } from './row';

type Filter = Fabric['filters'][string];
type Direction = 'import' | 'export';

/**
 * Whether two lists of rules certainly do the same to every route. It is decided from the rules alone, so `false` only
 * means that they may differ.
 */
export const sameRules = (one: readonly FilterRule[], other: readonly FilterRule[]): boolean =>
  saysSame(one, other) || saysSame(normalRules(one), normalRules(other));

/** The combined rules of some filters in a direction. */
const rulesOf = (fabric: Fabric, filters: readonly string[], direction: Direction): FilterRule[] =>
  filters.flatMap((name) => fabric.filters[name]?.[direction] ?? []);

/**
 * Findings if the rules that apply in a direction change: the effect depends on the routes and, if rules set a next
 * hop, on whether receivers can reach it.
 */
function findingsOfRules(path: string, was: readonly FilterRule[], is: readonly FilterRule[]): FieldFinding[] {
  if (sameRules(was, is)) return [];
  const [old, now] = [was, is].map((rules) => normalRules(rules).filter(({ set }) => set?.nextHop !== undefined));
  return [
    { path, kind: 'by routes' },
    ...(saysSame(old, now) ? [] : [{ path, kind: 'open', ...MOVED_NEXT_HOPS } as const]),
  ];
}

/** Filters are compared by their combined rules: names do not matter. */
export const filterList: FieldRow<readonly string[]> = (was = [], is = [], { path, before, after }) =>
  (['import', 'export'] as const).flatMap((direction) =>
    findingsOfRules(path, rulesOf(before, was, direction), rulesOf(after, is, direction)),
  );

/** Rules are compared in context: combined with those of the other filters of each session that uses them. */
const rulesIn =
  (direction: Direction): FieldRow<readonly FilterRule[], Filter> =>
  (_was, _is, { path, before, after }) => {
    const name = path.slice('filters.'.length, -direction.length - 1);
    const lists = [...Object.values(after.peers), ...Object.values(after.racks).flatMap(({ topOfRack }) => topOfRack)]
      .map(({ filters }) => filters)
      .filter((filters) => filters.includes(name));
    const found = [...new Map(lists.map((list) => [list.join(), list])).values()].flatMap((list) =>
      findingsOfRules(path, rulesOf(before, list, direction), rulesOf(after, list, direction)),
    );
    return [...new Map(found.map((finding) => [finding.kind, finding])).values()];
  };

/** What a change to each field of a filter can do to routes. */
export const FILTER_FIELDS: FieldRows<Filter> = { import: rulesIn('import'), export: rulesIn('export') };
