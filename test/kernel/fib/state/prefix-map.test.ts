import fc from 'fast-check';
import { PrefixMap } from '../../../../lib/kernel/fib/state/prefix-map';

describe('a prefix table', () => {
  test.each([4, 16])('of %i octets does as a map does', (octets) => {
    // Few octets and lengths, so that prefixes meet and their slots are used again.
    const address = fc.uint8Array({ minLength: octets, maxLength: octets, max: 2 });
    const command = fc.record({ address, length: fc.nat(2), insert: fc.boolean() });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const table = new PrefixMap(octets, undefined, 1);
        const reference = new Map<string, number>();
        for (const { address, length, insert } of commands) {
          const key = `${address}/${length}`;
          table.load(address, 0);
          if (insert) {
            const slot = table.insert(length);
            expect(reference.get(key) ?? slot).toBe(slot);
            reference.set(key, slot);
          } else if (reference.has(key)) {
            table.remove(reference.get(key)!);
            reference.delete(key);
          }
        }
        expect(table.size).toBe(reference.size);
        expect(new Set(reference.values()).size).toBe(reference.size);
        for (const { address, length } of commands) {
          table.load(address, 0);
          const slot = reference.get(`${address}/${length}`);
          expect(table.find(length)).toBe(slot ?? -1);
          if (slot !== undefined)
            expect([`${table.addressOf(slot)}`, table.lengthOf(slot)]).toEqual([`${address}`, length]);
        }
      }),
    );
  });
});
