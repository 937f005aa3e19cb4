import { assert, isChecking } from '../../../model/assertion';
import { PrefixHash } from '../../../model/prefix-hash';

/**
 * Prefixes of one family, each with a small dense number (its slot) and a row of data. On the hot path of a million
 * routes: a row fits in one cache line, as memory latency dominates a lookup; test/kernel has a Map as reference.
 *
 * A key is first loaded into `key`, then looked up, without an object for each prefix.
 */
export class PrefixMap {
  /** The key to look up: the address in 32-bit words, most significant first; one word for IPv4, four for IPv6. */
  readonly key: Int32Array;
  /**
   * A row for each slot, {@link stride} words each: the address, then at {@link meta} the length in the lowest octet
   * with room for flags above it, then two words for the owner of the table. Replaced when it grows.
   */
  rows: Int32Array;
  readonly stride: number;
  /** Offset of the length and the flags in a row; two words for the owner follow. */
  readonly meta: number;
  private readonly words: number;
  private readonly segments: Segment[];
  /** The first free slot + 1; its row contains the next one. */
  private free = 0;
  private used = 0;
  private count = 0;

  /**
   * `octets`: 4 for IPv4, 16 for IPv6. `hashes`: with a secret key, if outsiders choose the prefixes; by default with a
   * known one.
   */
  constructor(
    readonly octets: number,
    private readonly hashes: PrefixHash = new PrefixHash(),
    capacity = 64,
  ) {
    this.words = this.meta = octets / 4;
    this.stride = octets === 4 ? 4 : 8;
    this.key = new Int32Array(this.words);
    this.rows = new Int32Array(capacity * this.stride);
    this.segments = Array.from({ length: SEGMENTS }, () => NONE);
  }

  /** Number of prefixes. */
  get size(): number {
    return this.count;
  }

  /** All slots are below this. Some may be free; see {@link has}. */
  get limit(): number {
    return this.used;
  }

  /** Loads the key from octets in network order; a negative `at` loads zeros. */
  load(bytes: Uint8Array, at: number): void {
    for (let word = 0; word < this.words; word++) {
      const i = at + 4 * word;
      this.key[word] = at < 0 ? 0 : (bytes[i] << 24) | (bytes[i + 1] << 16) | (bytes[i + 2] << 8) | bytes[i + 3];
    }
  }

  /** Loads the key of the prefix of `length` bits that contains an address. */
  loadPrefix(address: Uint8Array, length: number): void {
    this.load(address, 0);
    for (let word = 0, left = length; word < this.words; word++, left -= 32)
      if (left < 32) this.key[word] &= left <= 0 ? 0 : -1 << (32 - left);
  }

  /** The slot of the loaded key with this length, or -1. */
  find(length: number): number {
    const hash = this.hash(length);
    const segment = this.segments[hash >>> SEGMENT_SHIFT];
    const at = this.probe(segment, hash, length);
    return segment.isTaken(at) ? segment.slotAt(at) : -1;
  }

  /** The slot of the loaded key with this length; a new one, with zero flags and words, if there was none. */
  insert(length: number): number {
    const hash = this.hash(length);
    const number = hash >>> SEGMENT_SHIFT;
    let segment = this.segments[number];
    if (segment === NONE) segment = this.segments[number] = new Segment(number / SEGMENTS);
    const at = this.probe(segment, hash, length);
    if (segment.isTaken(at)) return segment.slotAt(at);
    const slot = this.newSlot();
    const row = slot * this.stride;
    for (let word = 0; word < this.words; word++) this.rows[row + word] = this.key[word];
    this.rows.fill(0, row + this.words, row + this.stride);
    this.rows[row + this.meta] = length;
    segment.put(at, slot, hash);
    if (segment.isCrowded) this.widen(segment);
    return slot;
  }

  /** Removes a slot; its number will be reused. */
  remove(slot: number): void {
    if (isChecking) assert(this.has(slot), 'a slot is freed once');
    const length = this.lengthOf(slot);
    this.keyOf(slot);
    const hash = this.hash(length);
    const segment = this.segments[hash >>> SEGMENT_SHIFT];
    segment.clear(this.probe(segment, hash, length));
    this.rows[slot * this.stride + this.meta] = FREE;
    this.rows[slot * this.stride] = this.free;
    this.free = slot + 1;
    this.count--;
  }

  has(slot: number): boolean {
    return slot < this.used && (this.rows[slot * this.stride + this.meta] & LENGTH) !== FREE;
  }

  lengthOf(slot: number): number {
    return this.rows[slot * this.stride + this.meta] & LENGTH;
  }

  /** The longest probe sequence of any prefix: for tests, as it scans the table. */
  longestProbe(): number {
    let longest = 0;
    for (let slot = 0; slot < this.used; slot++) {
      if (!this.has(slot)) continue;
      this.keyOf(slot);
      const length = this.lengthOf(slot);
      const hash = this.hash(length);
      const segment = this.segments[hash >>> SEGMENT_SHIFT];
      const mask = segment.entries.length - 1;
      longest = Math.max(longest, 1 + ((this.probe(segment, hash, length) - hash) & mask));
    }
    return longest;
  }

  /** Loads the key of a slot. */
  keyOf(slot: number): Int32Array {
    for (let word = 0; word < this.words; word++) this.key[word] = this.rows[slot * this.stride + word];
    return this.key;
  }

  /** The octets of a slot's address, network order. */
  addressOf(slot: number): Uint8Array {
    return Uint8Array.from(
      { length: this.octets },
      (_, i) => this.rows[slot * this.stride + (i >> 2)] >>> (8 * (3 - (i & 3))),
    );
  }

  private newSlot(): number {
    this.count++;
    if (this.free !== 0) {
      const slot = this.free - 1;
      this.free = this.rows[slot * this.stride];
      return slot;
    }
    const slot = this.used++;
    if (slot * this.stride >= this.rows.length) {
      const words = 4 * this.rows.length;
      const larger = new Int32Array(words < AMPLE / 64 ? words : Math.max(words, AMPLE));
      larger.set(this.rows);
      this.rows = larger;
    }
    return slot;
  }

  /** The place of the loaded key in a segment, or a free place for it. */
  private probe(segment: Segment, hash: number, length: number): number {
    const { entries } = segment;
    const mask = entries.length - 1;
    const tag = tagOf(hash);
    for (let at = hash & mask, hole = -1; ; at = (at + 1) & mask) {
      const entry = entries[at];
      if (entry === EMPTY) return hole < 0 ? at : hole;
      if (entry === DEAD) hole = hole < 0 ? at : hole;
      else if ((entry & TAG) === tag && this.isAt((entry & SLOT) - 1, length)) return at;
    }
  }

  private isAt(slot: number, length: number): boolean {
    const row = slot * this.stride;
    if ((this.rows[row + this.meta] & LENGTH) !== length) return false;
    for (let word = 0; word < this.words; word++) if (this.rows[row + word] !== this.key[word]) return false;
    return true;
  }

  /** Grows one segment of many, so that no call takes long. */
  private widen(segment: Segment): void {
    const { entries } = segment;
    const kept = this.key.slice();
    segment.reset();
    for (const entry of entries) {
      if (entry === EMPTY || entry === DEAD) continue;
      const slot = (entry & SLOT) - 1;
      this.keyOf(slot);
      const hash = this.hash(this.lengthOf(slot));
      let at = hash & (segment.entries.length - 1);
      while (segment.entries[at] !== EMPTY) at = (at + 1) & (segment.entries.length - 1);
      segment.put(at, slot, hash);
    }
    this.key.set(kept);
  }

  private hash(length: number): number {
    const { key, hashes } = this;
    return this.words === 1 ? hashes.hash4(key[0], length) : hashes.hash6(key[0], key[1], key[2], key[3], length);
  }
}

/** A part of the hash table: places with the slot + 1 in the lower bits, and bits of the hash above it. */
class Segment {
  entries = new Int32Array(4);
  private taken = 0;
  private dead = 0;
  /** Maximum number of places in use. */
  private readonly bound: number;

  /** `phase`, from 0 to 1, differs between segments: otherwise all would fill up at about the same time. */
  constructor(phase: number) {
    this.bound = 0.3 * 2 ** phase;
  }

  get isCrowded(): boolean {
    return this.taken + this.dead > this.bound * this.entries.length;
  }

  isTaken(at: number): boolean {
    return this.entries[at] !== EMPTY && this.entries[at] !== DEAD;
  }

  slotAt(at: number): number {
    return (this.entries[at] & SLOT) - 1;
  }

  put(at: number, slot: number, hash: number): void {
    if (this.entries[at] === DEAD) this.dead--;
    this.entries[at] = tagOf(hash) | (slot + 1);
    this.taken++;
  }

  clear(at: number): void {
    const isLast = this.entries[(at + 1) & (this.entries.length - 1)] === EMPTY;
    this.entries[at] = isLast ? EMPTY : DEAD;
    this.taken--;
    if (!isLast) this.dead++;
  }

  /** Clears it, with room for at least half as many again as it had. */
  reset(): void {
    let size = 4;
    while (1.5 * this.taken > this.bound * size) size *= 2;
    this.entries = new Int32Array(size);
    this.taken = this.dead = 0;
  }
}

/** The lowest octet of a row's meta word; no prefix has the length that marks a free row. */
const LENGTH = 0xff;
const FREE = 0xff;

/**
 * Words of the rows beyond which they only grow for millions of routes. The system allocates so large a block lazily,
 * by page; growing in steps would copy, and clear, ever more in one turn of the event loop.
 */
const AMPLE = 1 << 24;
const SEGMENT_SHIFT = 24;
const SEGMENTS = 1 << (32 - SEGMENT_SHIFT);
/** Mask of the slot in a place: slots are below 16 million. */
const SLOT = 0xffffff;
const TAG = 0xff000000 | 0;
const EMPTY = 0;
/** A deleted place: the search continues behind it. No slot has the number 0 with a tag. */
const DEAD = 0x01000000;

/** Stands for every segment without a prefix yet: most tables are small, and there are many. */
const NONE = new Segment(0);

/** Hash bits that select neither the segment nor the place. */
const tagOf = (hash: number): number => (hash << 8) & TAG;
