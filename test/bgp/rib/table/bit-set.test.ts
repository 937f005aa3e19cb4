import fc from 'fast-check';
import { BitSet } from '../../../../lib/bgp/rib/table/bit-set';

describe('the set of bits', () => {
  test('holds what was added and not deleted, and gives it up in ascending order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(3000))), (steps) => {
        const bits = new BitSet();
        const known = new Set<number>();
        for (const [add, index] of steps) {
          expect(add ? bits.add(index) : bits.delete(index)).toBe(add ? !known.has(index) : known.has(index));
          if (add) known.add(index);
          else known.delete(index);
        }
        const drained: number[] = [];
        bits.drain((index) => drained.push(index));
        expect(drained).toEqual([...known].sort((a, b) => a - b));
        expect(drained.some((index) => bits.has(index))).toBe(false);
      }),
    );
  });
});
