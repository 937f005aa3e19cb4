import { type Aggregator, decodeAggregator, encodeAggregator } from './07-aggregator';
import type { AttributeCodec } from './attribute';

/** AS4_AGGREGATOR (RFC 6793 section 3). Malformed as its section 6 says. */
export const as4Aggregator: AttributeCodec<Aggregator> = {
  decode: (bytes, start, end) => decodeAggregator(bytes, start, end, 4),
  encode: (value, out) => encodeAggregator(value, out, 4),
};
