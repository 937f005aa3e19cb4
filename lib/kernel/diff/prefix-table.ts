/**
 * Prefixes of one family, each with a small dense number (its slot). On the way of a million routes: typed arrays and open
 * addressing, 26 octets an IPv4 prefix with the columns of {@link ./mirror}; test/kernel has a Map as reference.
 *
 * A key is first loaded into `key`, then looked up: no prefix is an object here.
 */
export class PrefixTable {
  /** The key to look up: the address in 32-bit words, most significant first; one word for IPv4, four for IPv6. */
  readonly key: Uint32Array;
  private keys: Uint32Array;
  private lengths: Uint8Array;
  /** Slot + 1 by hash; 0 is empty. At most half full. */
  private index: Int32Array;
  private readonly words: number;
  private readonly free: number[] = [];
  private used = 0;

  /** `octets`: 4 for IPv4, 16 for IPv6. */
  constructor(
    readonly octets: number,
    capacity = 1024,
  ) {
    this.words = octets / 4;
    this.key = new Uint32Array(this.words);
    this.keys = new Uint32Array(capacity * this.words);
    this.lengths = new Uint8Array(capacity);
    this.index = new Int32Array(2 * capacity);
  }

  /** How many prefixes there are. */
  get size(): number {
    return this.used - this.free.length;
  }

  /** Slots are below this. Some of them may be free; see {@link has}. */
  get limit(): number {
    return this.used;
  }

  /** Slots that fit before the table grows: columns beside it need as many. */
  get capacity(): number {
    return this.lengths.length;
  }

  /** Loads the key from octets in network order; a negative `at` is the address of zeros. */
  load(bytes: Uint8Array, at: number): void {
    for (let word = 0; word < this.words; word++) {
      const i = at + 4 * word;
      this.key[word] = at < 0 ? 0 : (bytes[i] << 24) | (bytes[i + 1] << 16) | (bytes[i + 2] << 8) | bytes[i + 3];
    }
  }

  /** The slot of the loaded key with a length, or -1. */
  find(length: number): number {
    return this.index[this.probe(length)] - 1;
  }

  /** The slot of the loaded key with a length; a new one where it was not known. */
  insert(length: number): number {
    const at = this.probe(length),
      known = this.index[at] - 1;
    if (known >= 0) return known;
    const slot = this.free.pop() ?? this.used++;
    if (slot >= this.capacity) {
      this.grow();
      return this.place(slot, length, this.probe(length));
    }
    return this.place(slot, length, at);
  }

  /** Forgets a slot; its number will be given again. */
  remove(slot: number): void {
    this.keyOf(slot);
    const mask = this.index.length - 1;
    let hole = this.probe(this.lengths[slot]);
    this.lengths[slot] = FREE;
    this.free.push(slot);
    // Close the gap: an entry that probed past it must still be found.
    for (let at = (hole + 1) & mask; this.index[at] !== 0; at = (at + 1) & mask) {
      const home = this.homeOf(this.index[at] - 1);
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        this.index[hole] = this.index[at];
        hole = at;
      }
    }
    this.index[hole] = 0;
  }

  has(slot: number): boolean {
    return slot < this.used && this.lengths[slot] !== FREE;
  }

  lengthOf(slot: number): number {
    return this.lengths[slot];
  }

  /** Loads the key of a slot. */
  keyOf(slot: number): Uint32Array {
    for (let word = 0; word < this.words; word++) this.key[word] = this.keys[slot * this.words + word];
    return this.key;
  }

  /** The octets of a slot's address, network order. */
  addressOf(slot: number): Uint8Array {
    return Uint8Array.from(
      { length: this.octets },
      (_, i) => this.keys[slot * this.words + (i >> 2)] >>> (8 * (3 - (i & 3))),
    );
  }

  private place(slot: number, length: number, at: number): number {
    for (let word = 0; word < this.words; word++) this.keys[slot * this.words + word] = this.key[word];
    this.lengths[slot] = length;
    this.index[at] = slot + 1;
    return slot;
  }

  /** Where the loaded key stands in the index, or the empty place where it would. */
  private probe(length: number): number {
    const mask = this.index.length - 1;
    for (let at = this.hash(this.key, 0, length) & mask; ; at = (at + 1) & mask) {
      const slot = this.index[at] - 1;
      if (slot < 0 || (this.lengths[slot] === length && this.equal(slot))) return at;
    }
  }

  private equal(slot: number): boolean {
    for (let word = 0; word < this.words; word++)
      if (this.keys[slot * this.words + word] !== this.key[word]) return false;
    return true;
  }

  private homeOf(slot: number): number {
    return this.hash(this.keys, slot * this.words, this.lengths[slot]) & (this.index.length - 1);
  }

  private hash(words: Uint32Array, at: number, length: number): number {
    let hash = Math.imul(length, 0x9e3779b1);
    for (let word = 0; word < this.words; word++) {
      hash = Math.imul(hash ^ words[at + word], 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0xc2b2ae35);
    return (hash ^ (hash >>> 13)) >>> 0;
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    const [keys, lengths] = [this.keys, this.lengths];
    this.keys = new Uint32Array(capacity * this.words);
    this.keys.set(keys);
    this.lengths = new Uint8Array(capacity);
    this.lengths.set(lengths);
    this.index = new Int32Array(2 * capacity);
    const mask = this.index.length - 1;
    for (let slot = 0; slot < lengths.length; slot++) {
      if (lengths[slot] === FREE) continue;
      let at = this.homeOf(slot);
      while (this.index[at] !== 0) at = (at + 1) & mask;
      this.index[at] = slot + 1;
    }
  }
}

/** No prefix is as long. */
const FREE = 255;
