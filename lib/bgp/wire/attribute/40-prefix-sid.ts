import { read16 } from '../octets';
import { type AttributeCodec, malformed } from './attribute';
import { raw } from './raw';
import { tlvsFit } from './tlv';

/**
 * BGP Prefix-SID (RFC 8669): TLVs; a Label-Index has 7 octets, an Originator SRGB 2 plus a multiple of 6 (section 6).
 * Passed on unread.
 */
export const prefixSid: AttributeCodec<Uint8Array> = {
  ...raw,
  decode(bytes, start, end) {
    if (end === start || !tlvsFit(bytes, start, end, 1)) return malformed('a TLV does not fit');
    for (let at = start; at < end; ) {
      const [type, length] = [bytes[at], read16(bytes, at + 1)];
      if (type === 1 && length !== 7) return malformed(`the Label-Index TLV has ${length} octets, not 7`);
      if (type === 3 && (length < 8 || (length - 2) % 6 !== 0))
        return malformed('the Originator SRGB TLV does not fit');
      at += 3 + length;
    }
    return bytes.slice(start, end);
  },
};
