const toOctets = new TextEncoder();

/** A key, or the end of a range, in octets. */
export const keyOctets = (key: string): Uint8Array => toOctets.encode(key);

/** The end of the range of all keys that begin with a prefix: the prefix with its last octet incremented. */
export function endOfPrefix(prefix: string): Uint8Array {
  const octets = keyOctets(prefix);
  const last = octets.findLastIndex((octet) => octet < 0xff);
  if (last < 0) return Uint8Array.of(0); // all keys from here on
  const end = octets.slice(0, last + 1);
  end[last]++;
  return end;
}

/** The key that follows another one directly. */
export const keyAfter = (key: Uint8Array): Uint8Array => Buffer.concat([key, Uint8Array.of(0)]);
