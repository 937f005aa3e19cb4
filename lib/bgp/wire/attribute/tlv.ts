import { read16 } from '../octets';

/** Octets of the length field of a TLV, by its type. */
const TWO = () => 2;

/**
 * Whether TLVs fill the range exactly, and `fits` returns true for each value. A type has `typeOctets` octets, and a
 * length, which counts only the value, as many as `lengthOctets` returns for the type.
 */
export function tlvsFit(
  bytes: Uint8Array,
  start: number,
  end: number,
  typeOctets: 1 | 2,
  lengthOctets: (type: number) => number = TWO,
  fits: (start: number, end: number) => boolean = () => true,
): boolean {
  let at = start;
  while (at < end) {
    const type = typeOctets === 1 || end - at < 2 ? bytes[at] : read16(bytes, at);
    const octets = lengthOctets(type);
    const value = at + typeOctets + octets;
    if (value > end) return false;
    at = value + (octets === 1 ? bytes[value - 1] : read16(bytes, value - 2));
    if (at > end || !fits(value, at)) return false;
  }
  return true;
}
