/** The first unused name in a numbered sequence starting at `first`; marks it as used. */
export function nextFree(name: (number: number) => string, taken: Set<string>, first = 1): string {
  for (let i = first; ; i++) {
    const text = name(i);
    if (taken.has(text)) continue;
    taken.add(text);
    return text;
  }
}

/** The name, with a number appended if it is used; marks it as used. */
export const fresh = (name: string, taken: Set<string>): string =>
  nextFree((i) => (i === 1 ? name : `${name}-${i}`), taken);

/**
 * An interface name that a pattern matches: the ordinal replaces its first `*`. At most 15 characters, the kernel's
 * limit.
 */
export function nameMatching(pattern: string, ordinal: number): string {
  const text = pattern.replace('*', String(ordinal)).replaceAll('*', '');
  return text.length <= 15 ? text : `${pattern.split('*')[0].slice(0, 12)}${ordinal}`;
}
