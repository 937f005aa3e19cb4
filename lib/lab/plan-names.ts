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
