/*
 * What a table says, as one number, so that a sink can prove that every prefix came with its path: the sum over all
 * prefixes of a product of both, modulo 2^32. Used by the maker of the feed and by the sink.
 */

/**
 * The hash of a path after one more AS number; begin with 1. The AS number of the daemon under test, which it prepends,
 * is left out.
 */
export const hashOfPath = (hash: number, as: number): number => Math.imul(hash ^ as, 0x9e3779b1) ^ (hash >>> 15);

/** What a prefix with this path adds to the sum. */
export const weight = (word0: number, word1: number, length: number, path: number): number =>
  Math.imul(Math.imul(word0 ^ (length << 3), 0x85ebca6b) ^ Math.imul(word1 + length, 0xc2b2ae35), path | 1);
