import { read16 } from '../octets';
import { type AttributeCodec, malformed } from './attribute';
import { raw } from './raw';

/**
 * AIGP (RFC 7311): TLVs, of which the first of type 1 has 11 octets; malformed as its sections 3 and 4 say. Checked,
 * not used.
 */
export const aigp: AttributeCodec<Uint8Array> = {
  ...raw,
  decode(bytes, start, end) {
    let found = false;
    for (let at = start; at < end; ) {
      const length = end - at < 3 ? 0 : read16(bytes, at + 1);
      if (length < 3 || at + length > end) return malformed('a TLV does not fit');
      if (bytes[at] === 1 && !found) {
        if (length !== 11) return malformed(`the AIGP TLV has ${length} octets, not 11`);
        found = true;
      }
      at += length;
    }
    return found ? bytes.slice(start, end) : malformed('the AIGP TLV is missing');
  },
};
