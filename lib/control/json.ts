/**
 * What a JSON text may be at most: octets, values (those in it, the names of objects among them) and how deep they lie.
 */
export interface JsonLimits {
  readonly octets: number;
  readonly values: number;
  readonly depth: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Parses JSON that somebody else wrote. What goes beyond a limit is found by one look at the octets, before anything is
 * made of them: a text of 64 MB may be 32 million objects, which no heap holds. Throws an Error that says what it is
 * instead.
 */
export function parseJson(octets: Buffer, limits: JsonLimits): unknown {
  const excess = excessOf(octets, limits);
  if (excess !== undefined) throw new Error(excess);
  return JSON.parse(octets.toString('utf8'));
}

/** Which limit a text goes beyond; undefined: none. */
function excessOf(octets: Uint8Array, { octets: most, values, depth }: JsonLimits): string | undefined {
  if (octets.length > most) return `it has more than ${most} octets`;
  let count = 1;
  let level = 0;
  let deepest = 0;
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i];
    if (octet === QUOTE) {
      for (i++; i < octets.length && octets[i] !== QUOTE; i++) if (octets[i] === BACKSLASH) i++;
    } else if (octet === COMMA || octet === COLON) {
      if (++count > values) return `it has more than ${values} values`;
    } else if (octet === OPEN_ARRAY || octet === OPEN_OBJECT) {
      if (++count > values) return `it has more than ${values} values`;
      if (++level > deepest) deepest = level;
      if (deepest > depth) return `it is nested more than ${depth} deep`;
    } else if (octet === CLOSE_ARRAY || octet === CLOSE_OBJECT) level--;
  }
  return undefined;
}
