/** Whether an interface name matches a pattern in which `*` matches any characters. */
export function isLike(name: string, pattern: string): boolean {
  const [first, ...rest] = pattern.split('*');
  if (rest.length === 0) return name === pattern;
  const last = rest.pop()!;
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}

/** Whether it may match several names. */
export const isPattern = (name: string): boolean => name.includes('*');

/** Whether some name matches both. */
export function mayMeet(one: string, other: string): boolean {
  // At [i][j]: whether the rest of `one` from i and that of `other` from j have a name in common.
  const rests = Array.from({ length: one.length + 1 }, () => new Array<boolean>(other.length + 1).fill(false));
  for (let i = one.length; i >= 0; i--)
    for (let j = other.length; j >= 0; j--) {
      const [a, b] = [one[i], other[j]];
      if (a === undefined && b === undefined) rests[i][j] = true;
      else if (a === '*') rests[i][j] = rests[i + 1][j] || (b !== undefined && rests[i][j + 1]);
      else if (b === '*') rests[i][j] = rests[i][j + 1] || (a !== undefined && rests[i + 1][j]);
      else rests[i][j] = a === b && rests[i + 1][j + 1];
    }
  return rests[0][0];
}
