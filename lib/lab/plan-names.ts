/** The first of numbered names, from `first` on, that is new; it is taken from now on. */
export function nextFree(name: (number: number) => string, taken: Set<string>, first = 1): string {
  for (let i = first; ; i++) {
    const text = name(i);
    if (taken.has(text)) continue;
    taken.add(text);
    return text;
  }
}

/** The name, or the name with the first number that makes it new; it is taken from now on. */
export const fresh = (name: string, taken: Set<string>): string =>
  nextFree((i) => (i === 1 ? name : `${name}-${i}`), taken);
