import { type HashKey, OctetHash } from '../../lib/model/keyed-hash';
import { PrefixHash } from '../../lib/model/prefix-hash';

/** Keys that a stranger does not know. */
export const KEYS: readonly HashKey[] = [
  [0x2545f491, 0x4f6cdd1d],
  [0x00000001, 0x00000000],
  [0xdeadbeef, 0x12345678],
];

/** The hash of attribute sets of before, begun with a secret: what collides in it collides whatever that is. */
export function former(key: HashKey, bytes: Uint8Array): number {
  let hash = Math.imul(bytes.length, 0x9e3779b1) ^ key[0];
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ word, 0x85ebca6b);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35) ^ key[1];
  return (hash ^ (hash >>> 16)) & 0x7fffffff;
}

/** Messages of `length` octets, `count` of them, whose hashes by a known key share the low `bits`. */
export function collidingOctets(
  key: HashKey,
  count: number,
  length: number,
  bits: number,
  context: number,
): Uint8Array[] {
  const hashes = new OctetHash(key);
  const found: Uint8Array[] = [];
  const octets = new Uint8Array(length);
  const mask = (1 << bits) - 1;
  for (let n = 0; found.length < count; n++) {
    for (let i = 0; i < 4; i++) octets[length - 4 + i] = n >>> (8 * i);
    if ((hashes.hash(octets, 0, length, context) & mask) === 0) found.push(octets.slice());
  }
  return found;
}

/**
 * The last words of addresses of host routes, about `count` of them, whose hashes by a known key share the upper 10 and
 * the lower 6 bits: found half by half, as the hash is the sum of what the octets give.
 */
export function collidingWords(key: HashKey, family: 4 | 6, count: number): number[] {
  const hashes = new PrefixHash(key);
  const hash = (word: number) => (family === 4 ? hashes.hash4(word, 32) : hashes.hash6(0x20010db8, 0, 0, word, 128));
  const part = (word: number) => hash(word >>> 0) & 0xffc0003f;
  const zero = part(0);
  const lows = new Map<number, number[]>();
  for (let low = 0; low < 1 << 16; low++) {
    const value = part(low) ^ zero;
    lows.set(value, [...(lows.get(value) ?? []), low]);
  }
  const found: number[] = [];
  for (let high = 1; high < 1 << 16 && found.length < count; high++)
    for (const low of lows.get(part(high << 16)) ?? []) found.push(((high << 16) | low) >>> 0);
  return found;
}
