/**
 * Capacity of a column that must hold `needed` entries: steps of eight. Fresh pages cost nothing until they are
 * touched, so a wide step wastes address space only, and a table of a million routes is copied three times while small.
 */
function capacityFor(needed: number, current: number): number {
  let capacity = Math.max(current, 1);
  while (capacity < needed) capacity *= 8;
  return capacity;
}

/** `column` itself, or a wider copy where it has fewer than `needed` entries. */
export function grown(column: Uint32Array<ArrayBuffer>, needed: number): Uint32Array<ArrayBuffer> {
  if (needed <= column.length) return column;
  const wider = new Uint32Array(capacityFor(needed, column.length));
  wider.set(column);
  return wider;
}

/**
 * Capacities of a column of which a table has one. From 2^17 entries on, of which there are few, the next has 32 MB: so
 * large a piece of memory the system gives in pages that cost nothing until they are touched, a million routes fit, and
 * nothing is copied, and cleared, in the midst of a load.
 */
const AMPLE = [8, 11, 14, 17, 23, 26, 29, 32].map((bits) => 2 ** bits);

/**
 * As {@link grown}, in the steps of {@link AMPLE}. By a table: code that a small column has had compiled serves a large
 * one.
 */
export function grownAmply(column: Uint32Array<ArrayBuffer>, needed: number): Uint32Array<ArrayBuffer> {
  if (needed <= column.length) return column;
  let step = 0;
  while (AMPLE[step] < needed) step++;
  const wider = new Uint32Array(AMPLE[step]);
  wider.set(column);
  return wider;
}
