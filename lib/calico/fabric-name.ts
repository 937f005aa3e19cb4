/**
 * The name of a resource as a name of the fabric: one of more than 63 characters keeps its beginning and gets a mark.
 */
export function fabricName(name: string): string {
  if (name.length <= 63) return name;
  let hash = 0x811c9dc5; // FNV-1a
  for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return `${name.slice(0, 54)}-${(hash >>> 0).toString(16).padStart(8, '0')}`;
}

/** The name, or the name with an end that makes it new. */
export function freeName(name: string, taken: object): string {
  return Object.hasOwn(taken, name) ? freeName(`${name}-1`, taken) : name;
}
