// Hot path: one hash per received message. The only allocation is one view per buffer.

/** Secret key of two 32-bit words, so that an attacker cannot choose colliding keys. */
export type HashKey = readonly [number, number];

/** For tables whose keys are not chosen by a neighbour. */
export const KNOWN_KEY: HashKey = [0, 0];

/**
 * HalfSipHash-1-3 (Aumasson and Bernstein; the Linux kernel's hsiphash), truncated to 31 bits so that a hash fits V8's
 * small integers. The key enters every round, so collisions depend on it, unlike with a seed that only sets the initial
 * state. For hash tables, not for authentication.
 */
export class OctetHash {
  private bytes: Uint8Array = new Uint8Array();
  /** Over the buffer hashed last: reads whole words. */
  private view: DataView = new DataView(this.bytes.buffer);

  constructor(private readonly key: HashKey = KNOWN_KEY) {}

  /** Hashes the four octets of `context`, least significant first, and then the octets from `start` to `end`. */
  hash(bytes: Uint8Array, start: number, end: number, context: number): number {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    const view = this.view;
    const lastWord = end - 4;
    let v0 = this.key[0] | 0;
    let v1 = this.key[1] | 0;
    let v2 = v0 ^ 0x6c796765;
    let v3 = v1 ^ 0x74656462;
    let word = context | 0;
    let at = start;
    for (;;) {
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v2 = (v2 + v3) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (((v0 << 16) | (v0 >>> 16)) + v3) | 0;
      v2 = (v2 + v1) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
      if (at > lastWord) break;
      word = view.getInt32(at, true);
      at += 4;
    }
    word = (end - start + 4) << 24;
    for (let shift = 0; at < end; at++, shift += 8) word |= bytes[at] << shift;
    v3 ^= word;
    for (let round = 0; ; round++) {
      v0 = (v0 + v1) | 0;
      v2 = (v2 + v3) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (((v0 << 16) | (v0 >>> 16)) + v3) | 0;
      v2 = (v2 + v1) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      if (round === 3) break;
      if (round > 0) continue;
      v0 ^= word;
      v2 ^= 0xff;
    }
    return (v1 ^ v3) & 0x7fffffff;
  }
}
