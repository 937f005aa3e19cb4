// Hot path: a hash for each prefix that comes or goes.
import { type HashKey, KNOWN_KEY, OctetHash } from './keyed-hash';

/** Words of a table: one for each value of an octet. */
const TABLE = 256;
const ADDRESS_OCTETS = 16;
/** Where the table of lengths begins, and in it those of IPv4 prefixes, behind the 129 of IPv6. */
const LENGTH6 = ADDRESS_OCTETS * TABLE;
const LENGTH4 = LENGTH6 + 129;
const MOST_MADE = 2;

/**
 * Hashes prefixes by tables of secret words, one for each octet (simple tabulation): for any prefixes chosen without
 * the key, look-ups by linear probing take as long as with true randomness (Pătraşcu and Thorup, "The Power of Simple
 * Tabulation Hashing", 2012).
 */
export class PrefixHash {
  private readonly tables: Int32Array;

  constructor(key: HashKey = KNOWN_KEY) {
    this.tables = tablesOf(key);
  }

  /** 32 bits of an IPv4 prefix, the address as number. */
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

  /** 32 bits of an IPv6 prefix, the address as four words. */
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

/** The tables that were made last: all tables of a process have one key, and that of a rehearsal. */
const made: { readonly key: HashKey; readonly tables: Int32Array }[] = [];

function tablesOf(key: HashKey): Int32Array {
  const known = made.find((one) => one.key[0] === key[0] && one.key[1] === key[1]);
  if (known) return known.tables;
  const tables = new Int32Array((ADDRESS_OCTETS + 1) * TABLE);
  const hashes = new OctetHash(key);
  const none = new Uint8Array();
  // 31 bits are less than the tables' words have.
  for (let i = 0; i < tables.length; i++)
    tables[i] = hashes.hash(none, 0, 0, 2 * i) ^ (hashes.hash(none, 0, 0, 2 * i + 1) << 16);
  // So that words of zeros, of which IPv6 prefixes are full, need not be looked up.
  for (let octet = 4; octet < ADDRESS_OCTETS; octet++) tables[octet * TABLE] = 0;
  if (made.length === MOST_MADE) made.shift();
  made.push({ key, tables });
  return tables;
}
