import { read16 } from '../octets';

/** Whether TLVs, each with a type of `typeOctets` and a length of 16 bits that counts the value alone, fill the range exactly. */
export function tlvsFit(bytes: Uint8Array, start: number, end: number, typeOctets: 1 | 2): boolean {
  let at = start;
  while (at < end) {
    if (end - at < typeOctets + 2) return false;
    at += typeOctets + 2 + read16(bytes, at + typeOctets);
  }
  return at === end;
}
