/**
 * ASN.1 DER encoder (X.690) for what a certificate needs. Each function returns a complete element: tag, length,
 * content.
 */

export function element(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(content);
  return Buffer.concat([Uint8Array.of(tag, ...lengthOf(body.length)), body]);
}

/** X.690 section 8.1.3: short form below 128, otherwise the number of octets followed by them. */
function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

export const sequence = (...content: Uint8Array[]) => element(0x30, ...content);
export const set = (...content: Uint8Array[]) => element(0x31, ...content);
export const octetString = (content: Uint8Array) => element(0x04, content);
export const utf8String = (value: string) => element(0x0c, Buffer.from(value, 'utf8'));
export const derBoolean = (value: boolean) => element(0x01, Uint8Array.of(value ? 0xff : 0));

/** `unused`: number of unused low bits in the last octet. */
export const bitString = (content: Uint8Array, unused = 0) => element(0x03, Uint8Array.of(unused), content);

/** A non-negative integer from octets in network order. */
export function derInteger(octets: Uint8Array): Uint8Array {
  const first = octets.findIndex((octet) => octet !== 0);
  const value = first < 0 ? Uint8Array.of(0) : octets.subarray(first);
  // The top bit is the sign.
  return value[0] & 0x80 ? element(0x02, Uint8Array.of(0), value) : element(0x02, value);
}

/** An object identifier from dotted form. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first, second, ...rest] = dotted.split('.').map(Number);
  const base128 = (value: number): number[] =>
    value < 128 ? [value] : [...base128(Math.floor(value / 128)).map((octet) => octet | 0x80), value % 128];
  return element(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** GeneralizedTime with second precision, always UTC. */
export const time = (at: Date) =>
  element(0x18, Buffer.from(`${at.toISOString().replace(/[-:T]|\.\d+/g, '')}`, 'latin1'));

/** `[n] EXPLICIT`. */
export const explicit = (n: number, content: Uint8Array) => element(0xa0 | n, content);
