/** 16 bits in network order. The caller ensures that they exist. */
export const read16 = (bytes: Uint8Array, at: number): number => (bytes[at] << 8) | bytes[at + 1];

/** 32 bits in network order, unsigned. The caller ensures that they exist. */
export const read32 = (bytes: Uint8Array, at: number): number => signed32(bytes, at) >>> 0;

/** 32 bits in network order as a signed number, which typed arrays and small integers store without boxing. */
export const signed32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];

export const NO_OCTETS = new Uint8Array(0);

export function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** So few octets are in the engine's heap: the system is not asked for memory. */
const FIRST = 64;

/** Writes values one after another, in network order. Grows as needed; not for the hot path. */
export class OctetWriter {
  private buffer = new Uint8Array(FIRST);
  private used = 0;

  /** Octets written so far. */
  get length(): number {
    return this.used;
  }

  write8(value: number): this {
    this.reserve(1);
    this.buffer[this.used++] = value;
    return this;
  }

  write16(value: number): this {
    return this.write8(value >>> 8).write8(value);
  }

  write32(value: number): this {
    return this.write16(value >>> 16).write16(value);
  }

  write(octets: ArrayLike<number>): this {
    this.reserve(octets.length);
    this.buffer.set(octets, this.used);
    this.used += octets.length;
    return this;
  }

  /** Overwrites the 16 bits at `at`: a length that is only known afterwards. */
  patch16(at: number, value: number): void {
    this.buffer[at] = value >>> 8;
    this.buffer[at + 1] = value;
  }

  /** Overwrites the octet at `at`. */
  patch8(at: number, value: number): void {
    this.buffer[at] = value;
  }

  /** Removes `count` octets at `at`; the rest moves up. */
  remove(at: number, count: number): void {
    this.buffer.copyWithin(at, at + count, this.used);
    this.used -= count;
  }

  /** A copy of everything written. */
  toBytes(): Uint8Array {
    return this.buffer.slice(0, this.used);
  }

  private reserve(more: number): void {
    if (this.used + more <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(this.used + more, 2 * this.buffer.length));
    larger.set(this.buffer.subarray(0, this.used));
    this.buffer = larger;
  }
}
