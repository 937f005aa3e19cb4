/**
 * The name of a resource as a valid name in the fabric: names longer than 63 characters are cut and get a hash suffix.
 */
export function fabricName(name: string): string {
  if (name.length <= 63) return name;
  let hash = 0x811c9dc5; // FNV-1a
  for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return `${name.slice(0, 54)}-${(hash >>> 0).toString(16).padStart(8, '0')}`;
}

/** The name, with a suffix if it is taken. */
export function freeName(name: string, taken: object): string {
  return Object.hasOwn(taken, name) ? freeName(`${name}-1`, taken) : name;
}
