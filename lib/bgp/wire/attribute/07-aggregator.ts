import { UPDATE_ERROR } from '../notification-codes';
import { type OctetWriter, read16, read32 } from '../octets';
import { asSize } from './02-as-path';
import { type AttributeCodec, Malformed } from './attribute';
import { wrongLength } from './length';

/** The speaker that formed an aggregate route; the address has 4 octets. */
export interface Aggregator {
  readonly as: number;
  readonly address: Uint8Array;
}

/**
 * AGGREGATOR (RFC 4271 section 5.1.7), with an AS number of two or four octets (RFC 6793); malformed with AS 0 (RFC
 * 7607 section 2).
 */
export const aggregator: AttributeCodec<Aggregator> = {
  decode: (bytes, start, end, context) => decodeAggregator(bytes, start, end, asSize(context)),
  encode: (value, out, context) => encodeAggregator(value, out, asSize(context)),
};

export function decodeAggregator(bytes: Uint8Array, start: number, end: number, size: 2 | 4): Aggregator | Malformed {
  if (end - start !== size + 4) return wrongLength(end - start, String(size + 4));
  const as = size === 4 ? read32(bytes, start) : read16(bytes, start);
  if (as === 0) return new Malformed(UPDATE_ERROR.optionalAttribute, 'the AS number is 0');
  return { as, address: bytes.slice(start + size, end) };
}

export function encodeAggregator({ as, address }: Aggregator, out: OctetWriter, size: 2 | 4): void {
  (size === 4 ? out.write32(as) : out.write16(as)).write(address);
}
