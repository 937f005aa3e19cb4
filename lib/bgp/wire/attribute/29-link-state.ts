import { UPDATE_ERROR } from '../notification-codes';
import { type AttributeCodec, Malformed } from './attribute';
import { raw } from './raw';
import { tlvsFit } from './tlv';

/** BGP-LS Attribute (RFC 9552 section 5.3): TLVs; malformed unless they fill it (section 8.2.2). Checked, not used. */
export const linkState: AttributeCodec<Uint8Array> = {
  ...raw,
  decode: (bytes, start, end) =>
    tlvsFit(bytes, start, end, 2)
      ? bytes.slice(start, end)
      : new Malformed(UPDATE_ERROR.optionalAttribute, 'a TLV does not fit'),
};
