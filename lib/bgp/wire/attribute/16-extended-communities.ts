import type { AttributeCodec } from './attribute';
import { isMultiple, wrongLength } from './length';

/** EXTENDED COMMUNITIES (RFC 4360), 8 octets each, of any type (RFC 7606 section 7.14). */
export const extendedCommunities: AttributeCodec<readonly Uint8Array[]> = {
  decode(bytes, start, end) {
    if (!isMultiple(end - start, 8)) return wrongLength(end - start, 'a multiple of 8');
    const values: Uint8Array[] = [];
    for (let at = start; at < end; at += 8) values.push(bytes.slice(at, at + 8));
    return values;
  },
  encode(values, out) {
    for (const value of values) out.write(value);
  },
};
