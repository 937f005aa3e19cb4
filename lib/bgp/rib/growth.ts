/**
 * Capacity of a column that must hold `needed` entries: steps of eight. Fresh pages cost nothing until they are touched, so a wide
 * step wastes address space only, and a table of a million routes is copied three times while small.
 */
export function capacityFor(needed: number, current: number): number {
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

/** From so many entries on a column of all prefixes, paths or attribute sets, of which there are few, grows to {@link AMPLE} at once. */
const MANY = 1 << 16;
/** 32 MB: so large a piece of memory the system gives in pages that cost nothing until they are touched, and a million routes fit. */
const AMPLE = 1 << 23;

/** As {@link grown}, for a column of which a table has one: a large one is not copied, and cleared, in the midst of a load. */
export function grownAmply(column: Uint32Array<ArrayBuffer>, needed: number): Uint32Array<ArrayBuffer> {
  return grown(column, needed <= column.length || needed < MANY ? needed : Math.max(needed, AMPLE));
}
