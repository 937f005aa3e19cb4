/* Hot path: attribute octets of all sets side by side in a few large pieces, with no object for each. */

const CHUNK_BITS = 18;
const CHUNK = 1 << CHUNK_BITS;
const GRAIN = 8;

/** Blocks of octets, found again by a 32-bit address. Blocks that are given back serve the next ones of the same size. */
export class OctetArena {
  readonly #chunks: Uint8Array[] = [new Uint8Array(CHUNK)];
  /** Address of the first free block, by size in grains. */
  readonly #free = new Uint32Array(CHUNK / GRAIN + 1);
  #next = GRAIN; // so that no block has the address 0

  /** A block of up to 2^18 - 8 octets; what it holds is unknown. */
  allocate(length: number): number {
    const grains = grainsOf(length),
      free = this.#free[grains];
    if (free !== 0) {
      const chunk = this.chunk(free),
        at = this.offset(free);
      this.#free[grains] = (chunk[at] | (chunk[at + 1] << 8) | (chunk[at + 2] << 16) | (chunk[at + 3] << 24)) >>> 0;
      return free;
    }
    const size = grains * GRAIN;
    if ((this.#next & (CHUNK - 1)) + size > CHUNK || this.#next >>> CHUNK_BITS >= this.#chunks.length) {
      this.#next = this.#chunks.length * CHUNK;
      this.#chunks.push(new Uint8Array(CHUNK));
    }
    const address = this.#next;
    this.#next += size;
    return address;
  }

  /** Gives a block back; `length` as it was asked for. */
  release(address: number, length: number): void {
    const grains = grainsOf(length),
      chunk = this.chunk(address),
      at = this.offset(address),
      next = this.#free[grains];
    chunk[at] = next;
    chunk[at + 1] = next >>> 8;
    chunk[at + 2] = next >>> 16;
    chunk[at + 3] = next >>> 24;
    this.#free[grains] = address;
  }

  /** The octets that a block lies in. */
  chunk(address: number): Uint8Array {
    return this.#chunks[address >>> CHUNK_BITS];
  }

  /** Where in its chunk a block begins. */
  offset(address: number): number {
    return address & (CHUNK - 1);
  }
}

const grainsOf = (length: number): number => Math.max(1, (length + GRAIN - 1) >>> 3);
