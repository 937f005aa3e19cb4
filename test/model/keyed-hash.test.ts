import { type HashKey, OctetHash } from '../../lib/model/keyed-hash';
import { former, KEYS } from './strangers';

/**
 * Of lib/test_siphash.c of the Linux kernel: hashes of the octets 0, 1, 2, …, as many as the index says, with the key
 * 03020100 07060504.
 */
const VECTORS: Readonly<Record<number, number>> = {
  4: 0x7e059ea6,
  5: 0x88e3d89b,
  6: 0xa0080b65,
  7: 0x9d38d9d6,
  8: 0x577999b1,
  9: 0xc839caed,
  16: 0x8b31d501,
  31: 0x08d8791a,
  63: 0x87178304,
};

/** Octets of words, low octet first. */
const octetsOf = (words: readonly number[]): Uint8Array =>
  Uint8Array.from(words.flatMap((word) => [word, word >>> 8, word >>> 16, word >>> 24]));

type Hash = (key: HashKey, bytes: Uint8Array) => number;
const keyed: Hash = (key, bytes) => new OctetHash(key).hash(bytes, 0, bytes.length, 0);

/** The most of some messages that share a value of the low 16 bits. */
function crowd(hash: Hash, key: HashKey, messages: readonly Uint8Array[]): number {
  const counts = new Uint32Array(1 << 16);
  for (const message of messages) counts[hash(key, message) & 0xffff]++;
  return Math.max(...counts);
}

describe('the hash of octets', () => {
  test.each(Object.entries(VECTORS))('is HalfSipHash-1-3: %s octets', (length, expected) => {
    const octets = Uint8Array.from({ length: Number(length) }, (_, i) => i);
    const hash = new OctetHash([0x03020100, 0x07060504]).hash(octets, 4, octets.length, 0x03020100);
    expect(hash).toBe(expected & 0x7fffffff);
  });

  test('tells where the octets stand from what they are, and contexts apart', () => {
    const [key] = KEYS;
    const octets = Uint8Array.of(9, 1, 2, 3, 4, 5, 9);
    expect(new OctetHash(key).hash(octets, 1, 6, 7)).toBe(new OctetHash(key).hash(octets.slice(1, 6), 0, 5, 7));
    expect(new OctetHash(key).hash(octets, 1, 6, 7)).not.toBe(new OctetHash(key).hash(octets, 1, 6, 8));
    expect(new OctetHash(key).hash(octets, 1, 6, 7)).not.toBe(new OctetHash(key).hash(octets, 1, 7, 7));
  });

  // The top bit of a word survives a multiplication, is turned into bit 4, and is taken back by the next word: whatever
  // the hash began with.
  const chosen = Array.from({ length: 1 << 16 }, (_, choice) =>
    octetsOf(
      Array.from({ length: 32 }, (_, i) => (((choice >> (i >> 1)) & 1) === 0 ? 0 : i % 2 === 0 ? 0x80000000 : 0x10)),
    ),
  );

  test.each(KEYS)('spreads 65,536 messages that collide in a hash with a secret beginning, by key %p', (...key) => {
    expect(crowd(former, key, chosen)).toBe(chosen.length);
    expect(crowd(keyed, key, chosen)).toBeLessThan(16);
  });

  test('lets no difference of two words cancel out under many keys, neither of bits nor of sums', () => {
    const start = [0x40010100, 0x40020602, 0x0100fdea, 0x400304c0];
    const collisions = new Map<string, number>();
    let all = 0;
    for (let n = 0; n < 48; n++) {
      const key: HashKey = [Math.imul(n + 1, 0x9e3779b1), Math.imul(n + 7, 0x85ebca6b)];
      const plain = keyed(key, octetsOf(start)) & 0xffff;
      for (let i = 0; i < 32; i++)
        for (let j = 0; j < 32; j++)
          for (const isSum of [false, true]) {
            const [one, other] = [1 << i, 1 << j];
            const words = [...start];
            words[1] = isSum ? words[1] + one : words[1] ^ one;
            words[2] = isSum ? words[2] - other : words[2] ^ other;
            if ((keyed(key, octetsOf(words)) & 0xffff) !== plain) continue;
            all++;
            const difference = `${i} ${j} ${isSum}`;
            collisions.set(difference, (collisions.get(difference) ?? 0) + 1);
          }
    }
    // By chance one in 65,536 of 98,304.
    expect(all).toBeLessThan(12);
    expect(Math.max(0, ...collisions.values())).toBeLessThan(3);
  });
});
