import { read16 } from '../octets';

/** Octets of the length of a TLV by its type. */
const TWO = () => 2;

/**
 * Whether TLVs, each with a type of `typeOctets` and a length that counts the value alone, fill the range exactly, and
 * `fits` holds of each value. The length has as many octets as `lengthOctets` says of the type.
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
