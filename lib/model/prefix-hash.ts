// Hot path: one hash per announced or withdrawn prefix.
import { type HashKey, KNOWN_KEY, OctetHash } from './keyed-hash';

/** Words per table, one for each value of an octet. */
const TABLE = 256;
const ADDRESS_OCTETS = 16;
/** Octets of the first word of an address: their tables, and those of lengths, suffice for IPv4. */
const FIRST = 4;
/** Offset of the table of prefix lengths: 129 for IPv6, then those for IPv4. */
const LENGTH6 = FIRST * TABLE;
const LENGTH4 = LENGTH6 + 129;
const MOST_MADE = 2;

/**
 * Hashes prefixes by simple tabulation: one table of secret words per octet. For prefixes chosen without knowledge of
 * the key, linear probing has the same expected time as with a truly random hash (Pătraşcu and Thorup, "The Power of
 * Simple Tabulation Hashing", 2012).
 */
export class PrefixHash {
  private readonly made: Tables;
  private readonly tables: Int32Array;
  /** Those of the further octets, from the first IPv6 prefix on that needs them. */
  private further: Int32Array | undefined;

  constructor(key: HashKey = KNOWN_KEY) {
    this.made = tablesOf(key);
    this.tables = this.made.first;
  }

  /** 32-bit hash of an IPv4 prefix. The address is a number. */
  hash4(address: number, length: number): number {
    const tables = this.tables;
    return (
      tables[address >>> 24] ^
      tables[TABLE + ((address >>> 16) & 0xff)] ^
      tables[2 * TABLE + ((address >>> 8) & 0xff)] ^
      tables[3 * TABLE + (address & 0xff)] ^
      tables[LENGTH4 + length]
    );
  }

  /** 32-bit hash of an IPv6 prefix. The address is four words. */
  hash6(a: number, b: number, c: number, d: number, length: number): number {
    const tables = this.tables;
    let hash =
      tables[a >>> 24] ^
      tables[TABLE + ((a >>> 16) & 0xff)] ^
      tables[2 * TABLE + ((a >>> 8) & 0xff)] ^
      tables[3 * TABLE + (a & 0xff)] ^
      tables[LENGTH6 + length];
    if (b !== 0) hash ^= this.word(4, b);
    if (c !== 0) hash ^= this.word(8, c);
    if (d !== 0) hash ^= this.word(12, d);
    return hash;
  }

  private word(octet: number, word: number): number {
    this.further ??= furtherOf(this.made);
    const tables = this.further;
    const at = (octet - FIRST) * TABLE;
    return (
      tables[at + (word >>> 24)] ^
      tables[at + TABLE + ((word >>> 16) & 0xff)] ^
      tables[at + 2 * TABLE + ((word >>> 8) & 0xff)] ^
      tables[at + 3 * TABLE + (word & 0xff)]
    );
  }
}

interface Tables {
  readonly key: HashKey;
  readonly first: Int32Array;
  further?: Int32Array;
}

/** The tables generated most recently: a process uses one key, and the warm-up another. */
const made: Tables[] = [];

function tablesOf(key: HashKey): Tables {
  const known = made.find((one) => one.key[0] === key[0] && one.key[1] === key[1]);
  if (known) return known;
  const first = new Int32Array((FIRST + 1) * TABLE);
  const words = wordsOf(key);
  for (let i = 0; i < LENGTH6; i++) first[i] = words(i);
  for (let i = 0; i < TABLE; i++) first[LENGTH6 + i] = words(ADDRESS_OCTETS * TABLE + i);
  const tables = { key, first };
  if (made.length === MOST_MADE) made.shift();
  made.push(tables);
  return tables;
}

/** Most of the work: for nodes without IPv6, and at the start, it is left out. */
function furtherOf(tables: Tables): Int32Array {
  if (tables.further) return tables.further;
  const further = new Int32Array((ADDRESS_OCTETS - FIRST) * TABLE);
  const words = wordsOf(tables.key);
  for (let i = 0; i < further.length; i++) further[i] = words(LENGTH6 + i);
  // Zero words, which are common in IPv6 prefixes, then need no lookup.
  for (let at = 0; at < further.length; at += TABLE) further[at] = 0;
  tables.further = further;
  return further;
}

/** The secret words by number. A hash has 31 bits, but the tables need 32-bit words. */
function wordsOf(key: HashKey): (number: number) => number {
  const hashes = new OctetHash(key);
  const none = new Uint8Array();
  return (number) => hashes.hash(none, 0, 0, 2 * number) ^ (hashes.hash(none, 0, 0, 2 * number + 1) << 16);
}
