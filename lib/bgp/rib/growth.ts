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
