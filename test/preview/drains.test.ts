import type { Fabric } from '../../lib/model/fabric';
import { drainsOf } from '../../lib/preview/drains';

const fabric = (nodes: Record<string, boolean | undefined>) =>
  ({ nodes: Object.fromEntries(Object.entries(nodes).map(([name, drain]) => [name, { drain }])) }) as unknown as Fabric;

test('nodes leave the service and come back by what the fabric says of them before and after', () => {
  const before = fabric({ a: undefined, b: true, c: true, d: false, gone: true });
  const after = fabric({ a: true, b: false, c: true, d: undefined, new: true });
  expect(drainsOf(before, after)).toEqual({ out: ['a', 'new'], back: ['b'] });
});
