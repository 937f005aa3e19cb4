import { ADDRESS_BITS, type AddressFamily, IpAddress } from '../model/address';
import type { FilterRuleSpec } from '../model/filter';
import { Prefix } from '../model/prefix';

/** The part of a rule that matches prefixes. */
export type PrefixCondition = Pick<FilterRuleSpec, 'prefix' | 'ge' | 'le'>;

/** Every prefix of a family. */
export const everyPrefix = (family: AddressFamily): PrefixCondition => ({
  prefix: family === 'ipv4' ? '0.0.0.0/0' : '::/0',
});

/** Prefixes within `prefix` with a length from `least` to `most`; empty if there is no such length. */
export function within(prefix: Prefix, least: number, most: number): PrefixCondition[] {
  const [ge, le] = [Math.max(least, prefix.length), Math.min(most, ADDRESS_BITS[prefix.family])];
  if (ge > le) return [];
  return [
    {
      prefix: prefix.toString(),
      ...(ge !== prefix.length && { ge }),
      ...(le !== ADDRESS_BITS[prefix.family] && { le }),
    },
  ];
}

/**
 * The complement within the family of the prefixes within `prefix` with a length from `least` to `most`: shorter ones,
 * siblings at every bit, and those within it of other lengths. Together they match exactly what the negation matches.
 */
export function outside(prefix: Prefix, least: number, most: number): PrefixCondition[] {
  const bits = ADDRESS_BITS[prefix.family];
  const every = Prefix.of(prefix.address, 0);
  const beside = Array.from({ length: prefix.length }, (_, bit) => within(flipped(prefix, bit), prefix.length, bits));
  return [
    ...within(every, 0, prefix.length - 1),
    ...beside.flat(),
    ...within(prefix, prefix.length, least - 1),
    ...within(prefix, most + 1, bits),
  ];
}

/** The prefix truncated after bit number `bit`, with that bit flipped. */
function flipped(prefix: Prefix, bit: number): Prefix {
  const bytes = prefix.address.bytes.slice();
  bytes[bit >> 3] ^= 0x80 >> (bit & 7);
  return Prefix.of(IpAddress.fromBytes(bytes), bit + 1);
}
