import type { Json } from './canonical';
import type { Fabric } from './fabric';
import { isMap } from './named';

/** Map entries that are read without yielding: some milliseconds. */
const AT_ONCE = 100;

/**
 * Splits the canonical form of a fabric into parts, each of which can be read as a fabric: the first has everything but
 * the maps' entries, each other part some entries of one map. A caller can read them one at a time, with other work in
 * between, and merge the results with {@link joinedFabric}.
 */
export function partsOf(canonical: Readonly<Record<string, Json>>): Record<string, Json>[] {
  const maps = Object.entries(canonical).filter(([field]) => isMap(field)) as [string, Record<string, Json>][];
  const first = Object.entries(canonical).map(([field, value]) => [field, isMap(field) ? {} : value]);
  const rest = maps.flatMap(([field, map]) => {
    const entries = Object.entries(map);
    const starts = Array.from({ length: Math.ceil(entries.length / AT_ONCE) }, (_, i) => i * AT_ONCE);
    return starts.map((start) => ({
      name: canonical.name,
      [field]: Object.fromEntries(entries.slice(start, start + AT_ONCE)),
    }));
  });
  return [Object.fromEntries(first), ...rest];
}

/** Merges the parts of {@link partsOf} after each was read. Modifies the first. */
export function joinedFabric([first, ...rest]: readonly Fabric[]): Fabric {
  const whole = first as unknown as Record<string, object>;
  for (const part of rest)
    for (const [field, value] of Object.entries(part)) if (isMap(field)) Object.assign(whole[field], value);
  return first;
}
