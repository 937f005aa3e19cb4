import type { Fabric } from '../model/fabric';
import type { FilterRule } from '../model/filter';

/** Position of a rule in a filter and direction, counted from 1. */
interface RulePlace {
  readonly filter: string;
  readonly number: number;
}

const known = new WeakMap<Fabric, ReadonlyMap<FilterRule, RulePlace>>();

/** Finds the rule of a session's policy in the filters of the fabric; undefined if it is in none. */
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
