import type { Fabric } from '../../model/fabric';
import type { FilterRule } from '../../model/filter';
import { originOf, outsideSessionsOf } from './holder-sessions';
import { MOVED_NEXT_HOPS } from './next-hop';
import { normalRules, type RuleContext } from './normal-rules';
import { type FieldFinding, type FieldPlace, type FieldRow, type FieldRows, saysSame } from './row';

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

/** What all sessions with outside neighbours of an object have in common, before and after. */
function contextOf(
  { before, after, isAsKept }: Pick<FieldPlace, 'before' | 'after' | 'isAsKept'>,
  origin: string | undefined,
  direction: Direction,
): RuleContext {
  const sessions = [before, after].map((fabric) => outsideSessionsOf(fabric, origin));
  if (sessions.some(({ length }) => length === 0)) return { direction };
  const all = sessions.flat();
  const types = new Set(all.map(({ localAs, remoteAs }) => (localAs.equals(remoteAs) ? 'ibgp' : 'ebgp')));
  const families = new Set(all.flatMap((session) => session.families));
  return {
    direction,
    ...(types.size === 1 && !isAsKept && { peerType: [...types][0] }),
    ...(families.size === 1 && { family: [...families][0] }),
  };
}

/**
 * Findings if the rules that apply in a direction change: the effect depends on the routes and, if rules set a next
 * hop, on whether receivers can reach it.
 */
function findingsOfRules(
  path: string,
  was: readonly FilterRule[],
  is: readonly FilterRule[],
  context: RuleContext,
): FieldFinding[] {
  if (saysSame(was, is)) return [];
  const normal = [was, is].map((rules) => normalRules(rules, context));
  if (saysSame(normal[0], normal[1])) return [];
  const [old, now] = normal.map((rules) => rules.filter(({ set }) => set?.nextHop !== undefined));
  return [
    { path, kind: 'by routes' },
    ...(saysSame(old, now) ? [] : [{ path, kind: 'open', ...MOVED_NEXT_HOPS } as const]),
  ];
}

/** Filters are compared by their combined rules: names do not matter. */
export const filterList: FieldRow<readonly string[], object> = (was = [], is = [], place) => {
  const origin = place.is && originOf(place.after, place.is);
  return (['import', 'export'] as const).flatMap((direction) =>
    findingsOfRules(
      place.path,
      rulesOf(place.before, was, direction),
      rulesOf(place.after, is, direction),
      contextOf(place, origin, direction),
    ),
  );
};

/** Rules are compared in context: combined with those of the other filters of each session that uses them. */
const rulesIn =
  (direction: Direction): FieldRow<readonly FilterRule[], Filter> =>
  (_was, _is, place) => {
    const { path, before, after } = place;
    const name = path.slice('filters.'.length, -direction.length - 1);
    const uses = [
      ...Object.entries(after.peers).map(([peer, { filters }]) => [`peers.${peer}`, filters] as const),
      ...Object.entries(after.racks).flatMap(([rack, { topOfRack }]) =>
        topOfRack.map(({ filters }) => [`racks.${rack}`, filters] as const),
      ),
    ].filter(([, filters]) => filters.includes(name));
    const cases = uses.map(([origin, filters]) => ({ filters, context: contextOf(place, origin, direction) }));
    const found = [...new Map(cases.map((one) => [JSON.stringify(one), one])).values()].flatMap(
      ({ filters, context }) =>
        findingsOfRules(path, rulesOf(before, filters, direction), rulesOf(after, filters, direction), context),
    );
    return [...new Map(found.map((finding) => [finding.kind, finding])).values()];
  };

/** What a change to each field of a filter can do to routes. */
export const FILTER_FIELDS: FieldRows<Filter> = { import: rulesIn('import'), export: rulesIn('export') };
