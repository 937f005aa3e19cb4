import { UPDATE_ERROR } from '../notification-codes';
import { type AttributeCodec, Malformed } from './attribute';
import { raw } from './raw';
import { tlvsFit } from './tlv';

/** RFC 9012 section 2: sub-TLVs of types from 128 on have a length field of two octets. */
const lengthOfSubTlv = (type: number): number => (type < 128 ? 1 : 2);

/**
 * Tunnel Encapsulation (RFC 9012 section 2): one or more TLVs that consist of sub-TLVs; malformed unless the sub-TLVs
 * fill each TLV, and the TLVs the attribute (section 13). Passed on without interpreting them.
 */
export const tunnelEncapsulation: AttributeCodec<Uint8Array> = {
  ...raw,
  decode: (bytes, start, end) =>
    end > start && tlvsFit(bytes, start, end, 2, undefined, (from, to) => tlvsFit(bytes, from, to, 1, lengthOfSubTlv))
      ? bytes.slice(start, end)
      : new Malformed(UPDATE_ERROR.optionalAttribute, 'a TLV or sub-TLV does not fit'),
};
