import fc from 'fast-check';
import { CheckedPathTable } from '../../../../lib/bgp/rib/table/checked';
import { PATH, PATH_NEXT, PATH_POST_POLICY, PATH_PRE_POLICY } from '../../../../lib/bgp/rib/table/path-table';

function chain({ paths }: CheckedPathTable, head: number): number[] {
  const all: number[] = [];
  for (let path = head; path !== 0; path = paths[path * PATH + PATH_NEXT]) all.push(path);
  return all;
}

describe('the chain of paths to a prefix', () => {
  test('holds what was put in and not taken out, in its order, whatever comes and goes', () => {
    const step = fc.record({ do: fc.constantFrom('add', 'front', 'remove' as const), at: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const table = new CheckedPathTable();
        let wanted: number[] = [];
        for (const { do: what, at } of steps) {
          const one = wanted[at % Math.max(1, wanted.length)];
          if (what === 'add') {
            const path = table.add(7, 8, 1, 0);
            if (wanted.length > 0) table.insertBehind(wanted[0], path);
            wanted = [...wanted.slice(0, 1), path, ...wanted.slice(1)];
          } else if (one !== undefined && what === 'remove') {
            const rest = wanted.filter((path) => path !== one);
            expect(table.remove(wanted[0], one)).toBe(rest[0] ?? 0);
            wanted = rest;
          } else if (one !== undefined && one !== wanted[0]) {
            table.moveToFront(wanted[0], one);
            wanted = [one, ...wanted.filter((path) => path !== one)];
          }
          expect(chain(table, wanted[0] ?? 0)).toEqual(wanted);
          expect(table.count).toBe(wanted.length);
        }
      }),
    );
  });

  test('finds the path of a neighbour by its identifier', () => {
    const table = new CheckedPathTable();
    const first = table.add(1, 1, 1, 0);
    const second = table.add(2, 0, 2, 5);
    table.insertBehind(first, second);
    expect([table.find(first, 1, 0), table.find(first, 2, 5), table.find(first, 2, 0)]).toEqual([first, second, 0]);
    expect([table.countOf(first, 2), table.countOf(first, 3)]).toEqual([1, 0]);
    expect([PATH_PRE_POLICY, PATH_POST_POLICY].map((word) => table.paths[second * PATH + word])).toEqual([2, 0]);
  });

  test('does not give a path back twice, nor one of another chain', () => {
    const table = new CheckedPathTable();
    const [one, other] = [table.add(1, 1, 1, 0), table.add(1, 1, 2, 0)];
    expect(() => table.remove(one, other)).toThrow('invariant');
    table.remove(one, one);
    expect(() => table.remove(one, one)).toThrow('invariant');
  });
});
