/**
 * Capacity of a column for `needed` entries: grows by a factor of eight. Untouched pages cost nothing, so a large step
 * only uses address space, and a table of a million routes is copied three times while small.
 */
function capacityFor(needed: number, current: number): number {
  let capacity = Math.max(current, 1);
  while (capacity < needed) capacity *= 8;
  return capacity;
}

/** A column without entries, shared by all that have none yet. */
export const NO_WORDS = new Uint32Array(0);

/** `column` itself, or a larger copy if it has fewer than `needed` entries. */
export function grown(column: Uint32Array<ArrayBuffer>, needed: number): Uint32Array<ArrayBuffer> {
  if (needed <= column.length) return column;
  const wider = new Uint32Array(capacityFor(needed, column.length));
  wider.set(column);
  return wider;
}

/**
 * Capacities of columns that exist once in a table. From 2^17 entries on the next has 32 MB: the system allocates so
 * large a block lazily, by page, a million routes fit, and nothing is copied or cleared in the middle of a load.
 */
const AMPLE = [8, 11, 14, 17, 23, 26, 29, 32].map((bits) => 2 ** bits);

/**
 * Entries from which a column is in a buffer that the engine does not count as memory in use: for pages that nobody has
 * touched it would collect garbage twice while the first 100,000 routes arrive.
 */
const LAZY = AMPLE[4];

/**
 * As {@link grown}, in the steps of {@link AMPLE}. The steps are a table so that code compiled for a small column also
 * serves a large one.
 */
export function grownAmply(column: Uint32Array, needed: number): Uint32Array {
  if (needed <= column.length) return column;
  let step = 0;
  while (AMPLE[step] < needed) step++;
  const size = AMPLE[step];
  const wider = size < LAZY ? new Uint32Array(size) : new Uint32Array(new SharedArrayBuffer(4 * size));
  wider.set(column);
  return wider;
}
