import { randoms } from './random';

/** Prefixes of one family, in the order in which they are announced. */
export interface Prefixes {
  readonly family: 'ipv4' | 'ipv6';
  readonly count: number;
  /** Words of an address: 1 or 4. */
  readonly width: 1 | 4;
  /** `width` words of 32 bits a prefix. */
  readonly words: Uint32Array;
  readonly lengths: Uint8Array;
}

/** Prefix lengths of the Internet's tables, in thousandths. */
const LENGTHS: Readonly<Record<Prefixes['family'], readonly (readonly [length: number, share: number])[]>> = {
  ipv4: [
    [24, 600],
    [23, 90],
    [22, 130],
    [21, 50],
    [20, 45],
    [19, 30],
    [18, 20],
    [17, 10],
    [16, 25],
  ],
  ipv6: [
    [48, 470],
    [44, 110],
    [40, 90],
    [36, 60],
    [32, 190],
    [29, 80],
  ],
};

/** First octets that a table of the Internet has not, and that daemons drop or the bench itself uses. */
const NOT_PUBLIC: ReadonlySet<number> = new Set([0, 10, 127, 169, 172, 192, 198, 203]);

/** `count` distinct prefixes with the length mix of the Internet; the same ones for the same seed. */
export function prefixes(count: number, family: Prefixes['family'] = 'ipv4', seed = 1): Prefixes {
  const random = randoms(seed);
  const seen = new Set<number>();
  const width = family === 'ipv4' ? 1 : 4;
  const words = new Uint32Array(width * count);
  const lengths = new Uint8Array(count);
  for (let n = 0; n < count; ) {
    const length = drawLength(LENGTHS[family], random(1000));
    if (family === 'ipv4') {
      const address = (random(224) * 2 ** 24 + random(2 ** 24)) & (-1 << (32 - length));
      if (NOT_PUBLIC.has(address >>> 24) || !isNew(seen, (address >>> 0) * 64 + length)) continue;
      words[n] = address;
    } else {
      // 2000::/4 in the first word, as far as the length reaches into the second.
      const first = (0x20000000 + random(2 ** 28)) & (-1 << Math.max(0, 32 - length));
      const second = length <= 32 ? 0 : (random(2 ** 16) * 2 ** 16) & (-1 << (64 - length));
      if (!isNew(seen, ((first >>> 0) * 2 ** 16 + (second >>> 16)) * 8 + (length & 7))) continue;
      words[4 * n] = first;
      words[4 * n + 1] = second;
    }
    lengths[n++] = length;
  }
  return { family, count, width, words, lengths };
}

/** The first `count` of them. */
export const firstOf = (all: Prefixes, count: number): Prefixes => ({
  ...all,
  count,
  words: all.words.subarray(0, all.width * count),
  lengths: all.lengths.subarray(0, count),
});

export const lastOf = (all: Prefixes, count: number): Prefixes => ({
  ...all,
  count,
  words: all.words.subarray(all.width * (all.count - count), all.width * all.count),
  lengths: all.lengths.subarray(all.count - count, all.count),
});

function drawLength(shares: readonly (readonly [number, number])[], draw: number): number {
  let left = draw;
  for (const [length, share] of shares) {
    if (left < share) return length;
    left -= share;
  }
  return shares[0][0];
}

function isNew(seen: Set<number>, key: number): boolean {
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}
