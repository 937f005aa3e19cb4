/** Limits of a JSON text: octets, values (including object keys) and nesting depth. */
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
 * Parses untrusted JSON. Limits are checked by scanning the octets before parsing: a text of 64 MB may contain 32
 * million objects, which exceeds the heap. Throws an Error that names the problem.
 */
export function parseJson(octets: Buffer, limits: JsonLimits): unknown {
  const excess = excessOf(octets, limits);
  if (excess !== undefined) throw new Error(excess);
  return JSON.parse(octets.toString('utf8'));
}

/** The limit that a text exceeds; undefined if none. */
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
