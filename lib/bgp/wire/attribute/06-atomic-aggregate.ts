import type { AttributeCodec } from './attribute';
import { wrongLength } from './length';

/** ATOMIC_AGGREGATE (RFC 4271 section 5.1.6): it has no value. */
export const atomicAggregate: AttributeCodec<true> = {
  decode: (_bytes, start, end) => (end === start ? true : wrongLength(end - start, '0')),
  encode: () => {},
};
