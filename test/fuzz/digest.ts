const KEYS = new Map<string, number>();
const DOUBLE = new Float64Array(1);
const WORDS = new Uint32Array(DOUBLE.buffer);

/** Mixes a number of 32 bits into a hash. */
export function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) + 0x7f4a7c15;
}

export function digestOctets(bytes: Uint8Array, from = 17): number {
  let hash = mix(from, bytes.length);
  for (let i = 0; i < bytes.length; i++) hash = mix(hash, bytes[i]);
  return hash;
}

function digestText(text: string, from: number): number {
  let hash = mix(from, text.length);
  for (let i = 0; i < text.length; i++) hash = mix(hash, text.charCodeAt(i));
  return hash;
}

function digestKey(key: string): number {
  const known = KEYS.get(key);
  if (known !== undefined) return known;
  const hash = digestText(key, 23);
  KEYS.set(key, hash);
  return hash;
}

/**
 * A number of 32 bits for all that a value says, however deep; equal values have equal ones. Rows of tables count by
 * their type.
 */
export function digest(value: unknown, from = 17): number {
  switch (typeof value) {
    case 'number':
      if ((value | 0) === value) return mix(from, value);
      DOUBLE[0] = value;
      return mix(mix(from + 1, WORDS[0]), WORDS[1]);
    case 'string':
      return digestText(value, from + 2);
    case 'boolean':
      return mix(from, value ? 3 : 4);
    case 'object':
      return value === null ? mix(from, 5) : digestObject(value, from);
    case 'undefined':
      return mix(from, 6);
    default:
      return mix(from, 7);
  }
}

function digestObject(value: object, from: number): number {
  if (value instanceof Uint8Array) return digestOctets(value, from + 8);
  let hash = from + 9;
  if (Array.isArray(value) || value instanceof Set || value instanceof Map) {
    for (const item of value) hash = digest(item, hash);
    return mix(hash, 10);
  }
  if ('codec' in value) return digest((value as { type?: unknown }).type, hash);
  for (const key in value) hash = digest((value as Record<string, unknown>)[key], mix(hash, digestKey(key)));
  return mix(hash, 11);
}
