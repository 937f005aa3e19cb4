import fc from 'fast-check';
import { AdvertisedPaths } from '../../../../lib/bgp/rib/table/advertised-paths';

test('the advertised paths are those that were added and not deleted, by prefix', () => {
  const step = fc.tuple(fc.boolean(), fc.nat(9), fc.nat(5));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const paths = new AdvertisedPaths();
      const known = new Map<number, Set<number>>();
      for (const [add, prefix, path] of steps) {
        const of = known.get(prefix) ?? new Set();
        known.set(prefix, of);
        expect(add ? paths.add(prefix, path) : paths.delete(prefix, path)).toBe(of.has(path) !== add);
        if (add) of.add(path);
        else of.delete(path);
        const shown: number[] = [];
        paths.visit(prefix, (one) => shown.push(one));
        expect(shown.sort()).toEqual([...of].sort());
        expect([paths.has(prefix, path), paths.hasAny(prefix)]).toEqual([add, of.size > 0]);
      }
      const drained: number[] = [];
      paths.drain((prefix) => drained.push(prefix));
      expect(drained).toEqual(
        [...known].flatMap(([prefix, { size }]) => (size > 0 ? prefix : [])).sort((a, b) => a - b),
      );
      expect(drained.some((prefix) => paths.hasAny(prefix))).toBe(false);
    }),
  );
});
