/** Milliseconds before a first retry, and the longest pause. */
const FIRST_MS = 200;
const LONGEST_MS = 10_000;

/**
 * How long to wait before the next attempt, after so many in a row failed: twice as long each time, and anything from
 * half of that on, so that thousands of clients do not return at the same moment.
 */
export const pauseBefore = (failures: number, random: () => number = Math.random): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16)) * (0.5 + random() / 2);
