import type { IpAddress } from '../../../model/address';

interface Entry {
  readonly words: Int32Array;
  readonly address: IpAddress;
}

/** Chunks with more entries are split. */
const CHUNK = 256;

/**
 * Addresses of one family, searched by prefix for each route that changes: a sorted list with binary search. It is
 * split into chunks, so that an insertion or deletion moves a few hundred entries at most, however many there are:
 * neighbours choose that.
 */
export class AddressIndex {
  /** Sorted, as are the entries of each; none is empty. */
  private readonly chunks: Entry[][] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(address: IpAddress): void {
    const words = wordsOf(address.bytes);
    const at = Math.min(this.chunkOf(words), this.chunks.length - 1);
    if (at < 0) {
      this.chunks.push([{ words, address }]);
      this.count++;
      return;
    }
    const chunk = this.chunks[at];
    const i = placeIn(chunk, words);
    if (i < chunk.length && compare(chunk[i].words, words) === 0) return;
    chunk.splice(i, 0, { words, address });
    this.count++;
    if (chunk.length > CHUNK) this.chunks.splice(at + 1, 0, chunk.splice(CHUNK / 2));
  }

  delete(address: IpAddress): void {
    const words = wordsOf(address.bytes);
    const at = this.chunkOf(words);
    const chunk = this.chunks[at];
    if (!chunk) return;
    const i = placeIn(chunk, words);
    if (compare(chunk[i].words, words) !== 0) return;
    chunk.splice(i, 1);
    this.count--;
    if (chunk.length === 0) this.chunks.splice(at, 1);
  }

  /** The addresses in the prefix of `length` bits stored in `key`, whose bits beyond the length are zero. */
  *within(key: Int32Array, length: number): Generator<IpAddress> {
    for (let at = this.chunkOf(key), i = -1; at < this.chunks.length; at++, i = 0) {
      const chunk = this.chunks[at];
      for (i = i < 0 ? placeIn(chunk, key) : i; i < chunk.length; i++) {
        if (!isWithin(chunk[i].words, key, length)) return;
        yield chunk[i].address;
      }
    }
  }

  /** Whether there is any. */
  has(key: Int32Array, length: number): boolean {
    const chunk = this.chunks[this.chunkOf(key)];
    return chunk !== undefined && isWithin(chunk[placeIn(chunk, key)].words, key, length);
  }

  /** Index of the first chunk that ends at or after the key; the number of chunks if there is none. */
  private chunkOf(key: Int32Array): number {
    let from = 0;
    let to = this.chunks.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (compare(this.chunks[middle].at(-1)!.words, key) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

/** Index of the first entry at or after the key. */
function placeIn(chunk: readonly Entry[], key: Int32Array): number {
  let from = 0;
  let to = chunk.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (compare(chunk[middle].words, key) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

function wordsOf(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Int32Array.from({ length: bytes.length / 4 }, (_, word) => view.getInt32(4 * word));
}

function compare(a: Int32Array, b: Int32Array): number {
  for (let word = 0; word < a.length; word++) if (a[word] !== b[word]) return a[word] >>> 0 < b[word] >>> 0 ? -1 : 1;
  return 0;
}

function isWithin(words: Int32Array, key: Int32Array, length: number): boolean {
  for (let word = 0, left = length; left > 0; word++, left -= 32) {
    const mask = left >= 32 ? -1 : -1 << (32 - left);
    if (((words[word] ^ key[word]) & mask) !== 0) return false;
  }
  return true;
}
