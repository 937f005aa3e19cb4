import { read32 } from '../octets';
import type { AttributeCodec } from './attribute';
import { isMultiple, wrongLength } from './length';

/** Global administrator and two local parts, 32 bits each. */
type LargeCommunity = readonly [number, number, number];

/** LARGE_COMMUNITY (RFC 8092); malformed as its section 6 says. */
export const largeCommunities: AttributeCodec<readonly LargeCommunity[]> = {
  decode(bytes, start, end) {
    if (!isMultiple(end - start, 12)) return wrongLength(end - start, 'a multiple of 12');
    const values: LargeCommunity[] = [];
    for (let at = start; at < end; at += 12)
      values.push([read32(bytes, at), read32(bytes, at + 4), read32(bytes, at + 8)]);
    return values;
  },
  encode(values, out) {
    for (const [global, first, second] of values) out.write32(global).write32(first).write32(second);
  },
};
