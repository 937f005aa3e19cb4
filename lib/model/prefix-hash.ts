// Hot path: one hash per announced or withdrawn prefix.
import { type HashKey, KNOWN_KEY, OctetHash } from './keyed-hash';

/** Words per table, one for each value of an octet. */
const TABLE = 256;
const ADDRESS_OCTETS = 16;
/** Offset of the table of prefix lengths: 129 for IPv6, then those for IPv4. */
const LENGTH6 = ADDRESS_OCTETS * TABLE;
const LENGTH4 = LENGTH6 + 129;
const MOST_MADE = 2;

/**
 * Hashes prefixes by simple tabulation: one table of secret words per octet. For prefixes chosen without knowledge of
 * the key, linear probing has the same expected time as with a truly random hash (Pătraşcu and Thorup, "The Power of
 * Simple Tabulation Hashing", 2012).
 */
export class PrefixHash {
  private readonly tables: Int32Array;

  constructor(key: HashKey = KNOWN_KEY) {
    this.tables = tablesOf(key);
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
    const tables = this.tables;
    const at = octet * TABLE;
    return (
      tables[at + (word >>> 24)] ^
      tables[at + TABLE + ((word >>> 16) & 0xff)] ^
      tables[at + 2 * TABLE + ((word >>> 8) & 0xff)] ^
      tables[at + 3 * TABLE + (word & 0xff)]
    );
  }
}

/** The tables generated most recently: a process uses one key, and the warm-up another. */
const made: { readonly key: HashKey; readonly tables: Int32Array }[] = [];

function tablesOf(key: HashKey): Int32Array {
  const known = made.find((one) => one.key[0] === key[0] && one.key[1] === key[1]);
  if (known) return known.tables;
  const tables = new Int32Array((ADDRESS_OCTETS + 1) * TABLE);
  const hashes = new OctetHash(key);
  const none = new Uint8Array();
  // A hash has 31 bits, but the tables need 32-bit words.
  for (let i = 0; i < tables.length; i++)
    tables[i] = hashes.hash(none, 0, 0, 2 * i) ^ (hashes.hash(none, 0, 0, 2 * i + 1) << 16);
  // Zero words, which are common in IPv6 prefixes, then need no lookup.
  for (let octet = 4; octet < ADDRESS_OCTETS; octet++) tables[octet * TABLE] = 0;
  if (made.length === MOST_MADE) made.shift();
  made.push({ key, tables });
  return tables;
}
