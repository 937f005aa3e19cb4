import type { Fabric } from '../../lib/model/fabric';
import { placeOfRule } from '../../lib/topology/rule-place';

test('a rule stands in its filter, among the rules of its direction', () => {
  const [a, b, c, foreign] = [{}, {}, {}, {}] as never[];
  const fabric = {
    filters: { tor: { import: [a, b], export: [c] }, none: { import: [], export: [] } },
  } as unknown as Fabric;
  expect([a, b, c, foreign].map((rule) => placeOfRule(fabric, rule))).toEqual([
    { filter: 'tor', number: 1 },
    { filter: 'tor', number: 2 },
    { filter: 'tor', number: 1 },
    undefined,
  ]);
});
