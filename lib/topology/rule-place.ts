import type { Fabric } from '../model/fabric';
import type { FilterRule } from '../model/filter';

/** Where a rule stands: in a filter, among the rules of its direction, from 1 on. */
interface RulePlace {
  readonly filter: string;
  readonly number: number;
}

const known = new WeakMap<Fabric, ReadonlyMap<FilterRule, RulePlace>>();

/** Where a rule of a session's policy stands; undefined: it is of no filter of this fabric. */
export function placeOfRule(fabric: Fabric, rule: FilterRule): RulePlace | undefined {
  const places = known.get(fabric) ?? placesIn(fabric);
  known.set(fabric, places);
  return places.get(rule);
}

const placesIn = ({ filters }: Fabric): ReadonlyMap<FilterRule, RulePlace> =>
  new Map(
    Object.entries(filters).flatMap(([filter, directions]) =>
      [directions.import, directions.export].flatMap((rules) =>
        rules.map((rule, i): [FilterRule, RulePlace] => [rule, { filter, number: i + 1 }]),
      ),
    ),
  );
