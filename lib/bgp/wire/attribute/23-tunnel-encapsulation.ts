import { UPDATE_ERROR } from '../notification-codes';
import { type AttributeCodec, Malformed } from './attribute';
import { raw } from './raw';
import { tlvsFit } from './tlv';

/** Tunnel Encapsulation (RFC 9012 section 2): one TLV or more; malformed where they do not fill it (section 13). Passed on unread. */
export const tunnelEncapsulation: AttributeCodec<Uint8Array> = {
  ...raw,
  decode: (bytes, start, end) =>
    end > start && tlvsFit(bytes, start, end, 2)
      ? bytes.slice(start, end)
      : new Malformed(UPDATE_ERROR.optionalAttribute, 'a TLV does not fit'),
};
