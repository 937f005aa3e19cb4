import fc from 'fast-check';
import { matchesAny, type PrefixRange } from '../../lib/bgp/policy/policy';
import { outside, type PrefixCondition, within } from '../../lib/calico/prefix-condition';
import { IpAddress } from '../../lib/model/address';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';

const prefix = (text: string) => sure(Prefix.parse(text));
const ranges = (conditions: readonly PrefixCondition[]): PrefixRange[] =>
  conditions.map((it) => ({ ...it, prefix: prefix(it.prefix!) }));

describe('conditions on prefixes', () => {
  test('within a prefix name only the lengths that are not there anyway', () => {
    expect(within(prefix('10.0.0.0/8'), 0, 32)).toEqual([{ prefix: '10.0.0.0/8' }]);
    expect(within(prefix('10.0.0.0/8'), 16, 24)).toEqual([{ prefix: '10.0.0.0/8', ge: 16, le: 24 }]);
    expect(within(prefix('10.0.0.0/8'), 0, 7)).toEqual([]);
  });

  test('outside one network are those that are shorter and those beside it', () => {
    expect(outside(prefix('64.0.0.0/2'), 2, 32)).toEqual([
      { prefix: '0.0.0.0/0', le: 1 },
      { prefix: '128.0.0.0/1', ge: 2 },
      { prefix: '0.0.0.0/2' },
    ]);
    expect(outside(prefix('::/0'), 0, 128)).toEqual([]);
  });

  test('outside are exactly those that are not within', () => {
    const prefixes = fc
      .tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.integer({ min: 0, max: 32 }))
      .map(([bytes, length]) => Prefix.of(IpAddress.fromBytes(bytes), length));
    const near = fc
      .tuple(prefixes, fc.integer({ min: 0, max: 31 }), fc.integer({ min: 0, max: 32 }))
      .map(([of, bit, length]) => {
        const bytes = of.address.bytes.slice();
        bytes[bit >> 3] ^= 0x80 >> (bit & 7);
        return [of, Prefix.of(IpAddress.fromBytes(bytes), length)] as const;
      });
    const lengths = fc.tuple(fc.integer({ min: 0, max: 32 }), fc.integer({ min: 0, max: 32 }));
    fc.assert(
      fc.property(near, prefixes, lengths, ([of, beside], other, [least, most]) => {
        for (const asked of [beside, other, of])
          expect(matchesAny(ranges(outside(of, Math.max(least, of.length), most)), asked)).toBe(
            !matchesAny(ranges(within(of, least, most)), asked),
          );
      }),
    );
  });
});
