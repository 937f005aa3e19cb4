import type { AttributeCodec } from './attribute';
import { isMultiple, wrongLength } from './length';

/** EXTENDED COMMUNITIES (RFC 4360), 8 octets each; of any type (RFC 7606 section 7.14). */
export const extendedCommunities: AttributeCodec<readonly Uint8Array[]> = {
  decode(bytes, start, end) {
    if (!isMultiple(end - start, 8)) return wrongLength(end - start, 'a multiple of 8');
    return Array.from({ length: (end - start) / 8 }, (_, i) => bytes.slice(start + 8 * i, start + 8 * i + 8));
  },
  encode(values, out) {
    for (const value of values) out.write(value);
  },
};
