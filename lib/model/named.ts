/**
 * A map by names that others chose. It inherits nothing, so that what is asked for and not there is not there, whatever
 * it is called: `constructor` and `toString` are names as good as any other.
 */
export const named = <T>(entries: Iterable<readonly [name: string, value: T]>): Record<string, T> =>
  Object.setPrototypeOf(Object.fromEntries(entries), null) as Record<string, T>;

/** The same of a map that is there already. */
export const inheritingNothing = <T>(map: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.getPrototypeOf(map) === null ? map : named(Object.entries(map));

/**
 * The fields of a fabric that hold things by name. They are those of the schema, which cannot be asked here: it is made
 * of what asks.
 */
export const MAPS = ['nodes', 'peers', 'racks', 'routeReflectors', 'filters', 'communities'] as const;

export const isMap = (field: string): boolean => (MAPS as readonly string[]).includes(field);
