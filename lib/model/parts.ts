import type { Json } from './canonical';
import type { Fabric } from './fabric';
import { isMap } from './named';

/** Entries of a map that are read in one go: some milliseconds. */
const AT_ONCE = 100;

/**
 * The canonical form of a fabric in parts, each of which is read as a fabric: the first has all but what maps hold, and
 * the others some entries of one map each. Who has something else to do meanwhile reads them one after another and puts
 * together what comes of it by {@link joinedFabric}.
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

/** The fabric of {@link partsOf}'s parts, when each was read. The first one is changed. */
export function joinedFabric([first, ...rest]: readonly Fabric[]): Fabric {
  const whole = first as unknown as Record<string, object>;
  for (const part of rest)
    for (const [field, value] of Object.entries(part)) if (isMap(field)) Object.assign(whole[field], value);
  return first;
}
