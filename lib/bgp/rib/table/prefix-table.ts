/*
 * Hot path: typed arrays instead of objects, no allocation for a route. A row is four words in one cache line, because
 * looking up a prefix and its paths dominates the cost of a route. The hash table grows segment by segment, without a
 * long pause.
 */
import { IpAddress } from '../../../model/address';
import { type HashKey, KNOWN_KEY } from '../../../model/keyed-hash';
import { Prefix } from '../../../model/prefix';
import { PrefixHash } from '../../../model/prefix-hash';
import { grownAmply } from './growth';

/** Words of a row. */
export const ROW = 4;
/** Word: the IPv4 address, or the index of an IPv6 address in `keys6`. */
export const ROW_KEY = 0;
/**
 * Word: length, family and state, see the ROW_* masks; the upper 16 bits count the peers to which the prefix is
 * advertised.
 */
export const ROW_META = 1;
/** Word: the first path (the best if it is usable), 0 if there is none. */
export const ROW_HEAD = 2;
/** Word: the prefix's last position in the change log. */
export const ROW_LOG = 3;

/** Bits of ROW_META that hold the prefix length. */
export const ROW_LENGTH = 0xff;
/** Bit of ROW_META: an IPv6 prefix. */
export const ROW_IPV6 = 0x100;
/** Bit of ROW_META: is in the queue of changes. */
export const ROW_QUEUED = 0x200;
/** Bit of ROW_META: the consumer of changes has a route to it. */
export const ROW_INSTALLED = 0x400;
/** Bit of ROW_META: the row is in use. */
export const ROW_USED = 0x800;
/** Adds one to the number of peers to which it is advertised, in ROW_META. */
export const ROW_ADVERTISED = 0x10000;

/** Index of a family in data stored by family. */
export const IPV4 = 0;
export const IPV6 = 1;

/** The index of a prefix's family, of its ROW_META. */
export const rowFamily = (meta: number): number => ((meta & ROW_IPV6) === 0 ? IPV4 : IPV6);

const IDENTITY = ROW_LENGTH | ROW_IPV6;
/** Number of segments of the hash table as a power of two, all of one size. */
const SEGMENT_BITS = 10;
const SEGMENTS = 1 << SEGMENT_BITS;
const SEGMENT_SHIFT = 32 - SEGMENT_BITS;
const FIRST_SLOT_BITS = 2;
/** Tags have no further bits for selecting slots. */
const MOST_SLOT_BITS = 16;
/** Tags of empty slots: never used, and deleted. */
const EMPTY = 0;
const DEAD = 1;

/**
 * The hash table: ids by slot, and the low bits of the prefix's hash by slot. With these a probe seldom reads another
 * prefix's row, and a larger table is filled without reading rows at all.
 */
class Slots {
  readonly tags: Uint16Array;
  readonly ids: Uint32Array;

  /** `bits`: slots of a segment, as a power of two. */
  constructor(readonly bits: number) {
    this.tags = new Uint16Array(SEGMENTS << bits);
    this.ids = new Uint32Array(SEGMENTS << bits);
  }
}

/** The tag of a hash; it alone determines the position of a prefix. */
function tagOf(hash: number): number {
  const tag = hash & 0xffff;
  return tag <= DEAD ? tag + 2 : tag;
}

/** IPv4 and IPv6 prefixes ↔ dense ids from 1. Ids of removed prefixes are reused. */
export class PrefixTable {
  /** The rows by id, {@link ROW} words each; replaced when it grows. */
  rows: Uint32Array = new Uint32Array(64 * ROW);
  /** All ids are below this. */
  limit = 1;
  /** Prefixes in the table. */
  count = 0;

  private keys6: Uint32Array = new Uint32Array(4);
  private limit6 = 1;
  private free = 0;
  private free6 = 0;
  private readonly hashes: PrefixHash;
  private slots = new Slots(FIRST_SLOT_BITS);
  /**
   * The current slots, and while the table grows the previous ones, which still contain the segments from `moved` on.
   * An array with an index, so that both cases are the same to the compiler.
   */
  private slotsByAge: readonly [Slots, Slots] = [this.slots, this.slots];
  private moved = SEGMENTS;
  /** Number of new prefixes until the next segment moves, and between two moves. */
  private wait = 0;
  private pace = 0;
  /** Non-empty slots, live and deleted, by segment. */
  private readonly taken = new Uint32Array(SEGMENTS);

  /** `key`: if secret, outsiders cannot choose prefixes that collide. */
  constructor(key: HashKey = KNOWN_KEY) {
    this.hashes = new PrefixHash(key);
  }

  /** The id of an IPv4 prefix (address as a number, host bits zero), 0 if unknown. */
  find4(address: number, length: number): number {
    const key = address >>> 0;
    return this.lookup4(key, length, this.hashes.hash4(key, length));
  }

  private lookup4(key: number, length: number, hash: number): number {
    const rows = this.rows;
    const segment = hash >>> SEGMENT_SHIFT;
    const { tags, ids, bits } = this.slotsByAge[segment < this.moved ? 0 : 1];
    const base = segment << bits;
    const mask = (1 << bits) - 1;
    const tag = tagOf(hash);
    for (let slot = base | (tag & mask); tags[slot] !== EMPTY; slot = base | ((slot + 1) & mask)) {
      if (tags[slot] !== tag) continue;
      const row = ids[slot] * ROW;
      if (rows[row + ROW_KEY] === key && (rows[row + ROW_META] & IDENTITY) === length) return ids[slot];
    }
    return 0;
  }

  /** The id of an IPv4 prefix, added if unknown. */
  add4(address: number, length: number): number {
    const key = address >>> 0;
    const hash = this.hashes.hash4(key, length);
    const found = this.lookup4(key, length, hash);
    if (found !== 0) return found;
    const id = this.newRow();
    this.rows[id * ROW + ROW_KEY] = address;
    this.rows[id * ROW + ROW_META] = length | ROW_USED;
    this.place(id, hash);
    return id;
  }

  /** The id of an IPv6 prefix (address as four words, host bits zero), 0 if unknown. */
  find6(a: number, b: number, c: number, d: number, length: number): number {
    return this.lookup6(a, b, c, d, length, this.hashes.hash6(a, b, c, d, length));
  }

  private lookup6(a: number, b: number, c: number, d: number, length: number, hash: number): number {
    const rows = this.rows;
    const keys = this.keys6;
    const segment = hash >>> SEGMENT_SHIFT;
    const { tags, ids, bits } = this.slotsByAge[segment < this.moved ? 0 : 1];
    const base = segment << bits;
    const mask = (1 << bits) - 1;
    const tag = tagOf(hash);
    const meta = length | ROW_IPV6;
    for (let slot = base | (tag & mask); tags[slot] !== EMPTY; slot = base | ((slot + 1) & mask)) {
      if (tags[slot] !== tag) continue;
      const row = ids[slot] * ROW;
      if ((rows[row + ROW_META] & IDENTITY) !== meta) continue;
      const at = rows[row + ROW_KEY] * 4;
      if (keys[at] === a >>> 0 && keys[at + 1] === b >>> 0 && keys[at + 2] === c >>> 0 && keys[at + 3] === d >>> 0)
        return ids[slot];
    }
    return 0;
  }

  /** The id of an IPv6 prefix, added if unknown. */
  add6(a: number, b: number, c: number, d: number, length: number): number {
    const hash = this.hashes.hash6(a, b, c, d, length);
    const found = this.lookup6(a, b, c, d, length, hash);
    if (found !== 0) return found;
    const id = this.newRow();
    let key = this.free6;
    if (key === 0) {
      key = this.limit6++;
      this.keys6 = grownAmply(this.keys6, this.limit6 * 4);
    } else this.free6 = this.keys6[key * 4];
    this.keys6[key * 4] = a;
    this.keys6[key * 4 + 1] = b;
    this.keys6[key * 4 + 2] = c;
    this.keys6[key * 4 + 3] = d;
    this.rows[id * ROW + ROW_KEY] = key;
    this.rows[id * ROW + ROW_META] = length | ROW_IPV6 | ROW_USED;
    this.place(id, hash);
    return id;
  }

  /** The id of a prefix; if unknown, added with `create`, otherwise 0. */
  id(prefix: Prefix, create: boolean): number {
    const { bytes } = prefix.address;
    const word = (at: number) =>
      ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
    if (prefix.family === 'ipv4')
      return create ? this.add4(word(0), prefix.length) : this.find4(word(0), prefix.length);
    const [a, b, c, d] = [word(0), word(4), word(8), word(12)];
    return create ? this.add6(a, b, c, d, prefix.length) : this.find6(a, b, c, d, prefix.length);
  }

  /** Whether an id is that of a prefix: cheap if the lengths differ. */
  is(id: number, prefix: Prefix): boolean {
    const identity = prefix.length | (prefix.family === 'ipv6' ? ROW_IPV6 : 0);
    return (this.rows[id * ROW + ROW_META] & IDENTITY) === identity && this.id(prefix, false) === id;
  }

  /** Word `index` (0 to 3) of an IPv6 prefix's address. */
  word6(id: number, index: number): number {
    return this.keys6[this.rows[id * ROW + ROW_KEY] * 4 + index];
  }

  /**
   * Writes the address of a prefix, as many octets as its length requires (RFC 4271 section 4.3), and returns the end
   * position.
   */
  writeAddress(id: number, into: Uint8Array, offset: number): number {
    const row = id * ROW;
    const meta = this.rows[row + ROW_META];
    const octets = ((meta & ROW_LENGTH) + 7) >>> 3;
    if ((meta & ROW_IPV6) === 0) {
      const address = this.rows[row + ROW_KEY];
      if (octets > 0) into[offset] = address >>> 24;
      if (octets > 1) into[offset + 1] = address >>> 16;
      if (octets > 2) into[offset + 2] = address >>> 8;
      if (octets > 3) into[offset + 3] = address;
      return offset + octets;
    }
    const at = this.rows[row + ROW_KEY] * 4;
    for (let i = 0; i < octets; i++) into[offset + i] = this.keys6[at + (i >>> 2)] >>> (24 - 8 * (i & 3));
    return offset + octets;
  }

  /** The prefix as a value. */
  prefix(id: number): Prefix {
    const meta = this.rows[id * ROW + ROW_META];
    const bytes = new Uint8Array((meta & ROW_IPV6) === 0 ? 4 : 16);
    this.writeAddress(id, bytes, 0);
    return Prefix.of(IpAddress.fromBytes(bytes), meta & ROW_LENGTH);
  }

  /** The longest probe sequence of any prefix of the table: for tests, as it scans the table. */
  longestProbe(): number {
    let longest = 0;
    for (let id = 1; id < this.limit; id++) {
      if ((this.rows[id * ROW + ROW_META] & ROW_USED) === 0) continue;
      const hash = this.hash(id);
      const segment = hash >>> SEGMENT_SHIFT;
      const { tags, ids, bits } = this.slotsOf(segment);
      const base = segment << bits;
      const mask = (1 << bits) - 1;
      let passed = 1;
      for (let slot = base | (tagOf(hash) & mask); ids[slot] !== id || tags[slot] <= DEAD; passed++)
        slot = base | ((slot + 1) & mask);
      longest = Math.max(longest, passed);
    }
    return longest;
  }

  /** Removes a prefix; its id may be reused. */
  remove(id: number): void {
    const row = id * ROW;
    const isIpv6 = (this.rows[row + ROW_META] & ROW_IPV6) !== 0;
    const key = this.rows[row + ROW_KEY];
    const hash = this.hash(id);
    const segment = hash >>> SEGMENT_SHIFT;
    const { tags, ids, bits } = this.slotsByAge[segment < this.moved ? 0 : 1];
    const base = segment << bits;
    const mask = (1 << bits) - 1;
    let slot = base | (tagOf(hash) & mask);
    while (ids[slot] !== id || tags[slot] <= DEAD) slot = base | ((slot + 1) & mask);
    if (tags[base | ((slot + 1) & mask)] === EMPTY) {
      tags[slot] = EMPTY; // no probe continues past an empty slot, so no tombstone is needed
      this.taken[segment]--;
    } else tags[slot] = DEAD;
    if (isIpv6) {
      this.keys6[key * 4] = this.free6;
      this.free6 = key;
    }
    this.rows[row + ROW_META] = 0;
    this.rows[row + ROW_KEY] = this.free;
    this.free = id;
    this.count--;
  }

  private newRow(): number {
    this.count++;
    let id = this.free;
    if (id === 0) {
      id = this.limit++;
      this.rows = grownAmply(this.rows, this.limit * ROW);
    } else this.free = this.rows[id * ROW + ROW_KEY];
    this.rows[id * ROW + ROW_HEAD] = 0;
    this.rows[id * ROW + ROW_LOG] = 0;
    return id;
  }

  private place(id: number, hash: number): void {
    const segment = hash >>> SEGMENT_SHIFT;
    if (this.moved < SEGMENTS) {
      if (--this.wait < 0) this.moveSegment();
    } else if (this.count * 5 > (SEGMENTS << this.slots.bits) * 3) this.widen();
    // Rare: a segment much fuller than the others, or full of deleted slots.
    while ((this.taken[segment] + 1) * 8 > (1 << this.slotsOf(segment).bits) * 7) this.makeRoom(segment);
    const { tags, ids, bits } = this.slotsOf(segment);
    const base = segment << bits;
    const mask = (1 << bits) - 1;
    const tag = tagOf(hash);
    let slot = base | (tag & mask);
    while (tags[slot] > DEAD) slot = base | ((slot + 1) & mask);
    if (tags[slot] === EMPTY) this.taken[segment]++;
    tags[slot] = tag;
    ids[slot] = id;
  }

  private slotsOf(segment: number): Slots {
    return this.slotsByAge[segment < this.moved ? 0 : 1];
  }

  /**
   * Doubles the number of slots. Segments move one by one as prefixes are added, over a quarter of the current number
   * of prefixes, so that the work in one turn of the event loop is proportional to the input and no single insertion
   * waits for all segments. Until then the segments that move last are fuller by a quarter.
   */
  private widen(): void {
    const bits = this.slots.bits + 1;
    if (bits > MOST_SLOT_BITS) throw new RangeError(`${this.count} prefixes exceed the capacity of the table`);
    this.slotsByAge = [new Slots(bits), this.slots];
    [this.slots] = this.slotsByAge;
    this.moved = this.wait = 0;
    this.pace = this.count / (4 * SEGMENTS);
  }

  private moveSegment(): void {
    this.wait += this.pace;
    const segment = this.moved++;
    const { tags, ids, bits } = this.slotsByAge[1];
    const [start, end] = [segment << bits, (segment + 1) << bits];
    this.fillSegment(segment, tags.subarray(start, end), ids.subarray(start, end), this.slots);
    if (this.moved === SEGMENTS) this.slotsByAge = [this.slots, this.slots];
  }

  /** Copies the live entries of some slots into an empty segment. */
  private fillSegment(segment: number, tags: Uint16Array, ids: Uint32Array, to: Slots): void {
    const base = segment << to.bits;
    const mask = (1 << to.bits) - 1;
    this.taken[segment] = 0;
    for (let at = 0; at < tags.length; at++) {
      if (tags[at] <= DEAD) continue;
      let slot = base | (tags[at] & mask);
      while (to.tags[slot] !== EMPTY) slot = base | ((slot + 1) & mask);
      to.tags[slot] = tags[at];
      to.ids[slot] = ids[at];
      this.taken[segment]++;
    }
  }

  /** Clears deleted slots from a segment if there are many; otherwise the whole table grows at once. */
  private makeRoom(segment: number): void {
    const slots = this.slotsOf(segment);
    const start = segment << slots.bits;
    const end = start + (1 << slots.bits);
    const tags = slots.tags.slice(start, end);
    if (tags.filter((tag) => tag === DEAD).length * 8 >= end - start) {
      slots.tags.fill(EMPTY, start, end);
      this.fillSegment(segment, tags, slots.ids.slice(start, end), slots);
      return;
    }
    if (slots === this.slots) {
      while (this.moved < SEGMENTS) this.moveSegment();
      this.widen();
    }
    while (this.moved < SEGMENTS) this.moveSegment();
  }

  private hash(id: number): number {
    const meta = this.rows[id * ROW + ROW_META];
    const length = meta & ROW_LENGTH;
    return (meta & ROW_IPV6) === 0
      ? this.hashes.hash4(this.rows[id * ROW + ROW_KEY], length)
      : this.hashes.hash6(this.word6(id, 0), this.word6(id, 1), this.word6(id, 2), this.word6(id, 3), length);
  }
}
