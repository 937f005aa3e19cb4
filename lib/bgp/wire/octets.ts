/** 16 bits in network order. The caller has checked that they are there. */
export const read16 = (bytes: Uint8Array, at: number): number => (bytes[at] << 8) | bytes[at + 1];

/** 32 bits in network order, unsigned. The caller has checked that they are there. */
export const read32 = (bytes: Uint8Array, at: number): number => signed32(bytes, at) >>> 0;

/** 32 bits in network order as a signed number: what typed arrays and small integers hold without boxing. */
export const signed32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];

/** No octets. */
export const NO_OCTETS = new Uint8Array(0);

/** Octets written one value after another, in network order. Grows as needed; for all but the hot path. */
export class OctetWriter {
  private buffer = new Uint8Array(256);
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

  /** Puts 16 bits over what was written at `at`: a length that is known only afterwards. */
  patch16(at: number, value: number): void {
    this.buffer[at] = value >>> 8;
    this.buffer[at + 1] = value;
  }

  /** Puts 8 bits over what was written at `at`. */
  patch8(at: number, value: number): void {
    this.buffer[at] = value;
  }

  /** Takes `count` octets out at `at`; what follows moves up. */
  remove(at: number, count: number): void {
    this.buffer.copyWithin(at, at + count, this.used);
    this.used -= count;
  }

  /** A copy of all that was written. */
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
