import { UPDATE_ERROR } from '../notification-codes';
import { type AttributeCodec, Malformed } from './attribute';
import { wrongLength } from './length';

/** IGP, EGP or INCOMPLETE (RFC 4271 section 5.1.1). */
type Origin = 0 | 1 | 2;

export const origin: AttributeCodec<Origin> = {
  decode(bytes, start, end) {
    if (end - start !== 1) return wrongLength(end - start, '1');
    const value = bytes[start];
    return value <= 2 ? (value as Origin) : new Malformed(UPDATE_ERROR.invalidOrigin, `the origin is ${value}`);
  },
  encode: (value, out) => void out.write8(value),
};
