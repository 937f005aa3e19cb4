/**
 * A map keyed by user-chosen names. It has no prototype, so that `constructor` or `toString` is found only if it was
 * added.
 */
export const named = <T>(entries: Iterable<readonly [name: string, value: T]>): Record<string, T> =>
  Object.setPrototypeOf(Object.fromEntries(entries), null) as Record<string, T>;

/** The same for an existing map. */
export const inheritingNothing = <T>(map: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.getPrototypeOf(map) === null ? map : named(Object.entries(map));

/** The fields of a fabric that are maps by name. They repeat the schema because the schema imports this file. */
export const MAPS = ['nodes', 'peers', 'racks', 'routeReflectors', 'filters', 'communities'] as const;

export const isMap = (field: string): boolean => (MAPS as readonly string[]).includes(field);
