import fc from 'fast-check';
import { PrefixTable } from '../../../../lib/bgp/rib/table/prefix-table';
import { IpAddress } from '../../../../lib/model/address';
import { Prefix } from '../../../../lib/model/prefix';
import { prefixOf } from '../world';

const anyPrefix = fc.oneof(
  fc
    .tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.nat(32))
    .map(([bytes, length]) => Prefix.of(IpAddress.fromBytes(bytes), length)),
  fc
    .tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(128))
    .map(([bytes, length]) => Prefix.of(IpAddress.fromBytes(bytes), length)),
);

describe('the table of prefixes', () => {
  test('knows what was added and not removed, whatever the order', () => {
    const step = fc.record({ add: fc.boolean(), index: fc.nat(30) });
    fc.assert(
      fc.property(
        fc.array(anyPrefix, { minLength: 1, maxLength: 30 }),
        fc.array(step, { maxLength: 200 }),
        (pool, steps) => {
          const table = new PrefixTable([7, 8]);
          const known = new Map<string, number>();
          for (const { add, index } of steps) {
            const prefix = pool[index % pool.length];
            const key = String(prefix);
            expect(table.id(prefix, false)).toBe(known.get(key) ?? 0);
            if (add) known.set(key, table.id(prefix, true));
            else if (known.has(key)) {
              table.remove(known.get(key)!);
              known.delete(key);
            }
          }
          expect(table.count).toBe(known.size);
          expect(new Set(known.values()).size).toBe(known.size);
          for (const [key, id] of known) expect(String(table.prefix(id))).toBe(key);
        },
      ),
    );
  });

  test('grows to many prefixes, shrinks to none and grows again with the same small numbers', () => {
    const table = new PrefixTable();
    const count = 40_000;
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < count; i++) table.add4((i << 8) ^ (round << 4), 28);
      for (let i = 0; i < 2000; i++) table.add6(0x20010db8, i, round, 0, 96);
      expect(table.count).toBe(count + 2000);
      expect(table.limit).toBe(count + 2001);
      for (let i = 0; i < count; i++) table.remove(table.find4((i << 8) ^ (round << 4), 28));
      for (let i = 0; i < 2000; i++) table.remove(table.find6(0x20010db8, i, round, 0, 96));
      expect(table.count).toBe(0);
    }
  });

  test('survives a table in which half of the prefixes come and go again and again', () => {
    const table = new PrefixTable();
    for (let i = 0; i < 3000; i++) table.add4(i << 8, 24);
    for (let round = 1; round < 20; round++)
      for (let i = 0; i < 1500; i++) {
        table.remove(table.find4((round - 1) * 0x1000000 + (i << 8), 24));
        table.add4(round * 0x1000000 + (i << 8), 24);
      }
    expect(table.count).toBe(3000);
    for (let i = 1500; i < 3000; i++) expect(table.find4(i << 8, 24)).not.toBe(0);
  });

  test('tells prefixes of one address by their length, and families apart', () => {
    const table = new PrefixTable();
    const ids = ['10.0.0.0/8', '10.0.0.0/9', '0.0.0.0/0', '::/0', 'a00::/8', 'a00::/9'].map((text) =>
      table.id(prefixOf(text), true),
    );
    expect(new Set(ids).size).toBe(6);
    expect(ids.map((id) => String(table.prefix(id)))).toEqual([
      '10.0.0.0/8',
      '10.0.0.0/9',
      '0.0.0.0/0',
      '::/0',
      'a00::/8',
      'a00::/9',
    ]);
  });
});
