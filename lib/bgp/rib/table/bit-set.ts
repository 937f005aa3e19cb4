import { grown, NO_WORDS } from './growth';

/** A set of small numbers, one bit each. */
export class BitSet {
  private words = NO_WORDS; // most neighbours get few routes, and thousands of them none

  has(index: number): boolean {
    return index >>> 5 < this.words.length && (this.words[index >>> 5] & (1 << (index & 31))) !== 0;
  }

  /** True if it was added. */
  add(index: number): boolean {
    if (this.has(index)) return false;
    if (index >>> 5 >= this.words.length) this.words = grown(this.words, (index >>> 5) + 1);
    this.words[index >>> 5] |= 1 << (index & 31);
    return true;
  }

  /** True if it was present. */
  delete(index: number): boolean {
    if (!this.has(index)) return false;
    this.words[index >>> 5] &= ~(1 << (index & 31));
    return true;
  }

  /** Removes all numbers, passing each to `visit` in ascending order. */
  drain(visit: (index: number) => void): void {
    const words = this.words;
    this.words = NO_WORDS;
    for (let at = 0; at < words.length; at++)
      for (let word = words[at]; word !== 0; word &= word - 1) visit(at * 32 + 31 - Math.clz32(word & -word));
  }
}
