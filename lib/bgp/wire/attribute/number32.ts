import { read32 } from '../octets';
import type { AttributeCodec } from './attribute';
import { isMultiple, wrongLength } from './length';

/** One 32-bit number: MULTI_EXIT_DISC, LOCAL_PREF, ORIGINATOR_ID and ONLY_TO_CUSTOMER. */
export const number32: AttributeCodec<number> = {
  decode: (bytes, start, end) => (end - start === 4 ? read32(bytes, start) : wrongLength(end - start, '4')),
  encode: (value, out) => void out.write32(value),
};

/** One or more 32-bit numbers: COMMUNITIES and CLUSTER_LIST. */
export const numbers32: AttributeCodec<readonly number[]> = {
  decode(bytes, start, end) {
    if (!isMultiple(end - start, 4)) return wrongLength(end - start, 'a multiple of 4');
    const values: number[] = [];
    for (let at = start; at < end; at += 4) values.push(read32(bytes, at));
    return values;
  },
  encode(values, out) {
    for (const value of values) out.write32(value);
  },
};
