import { read16 } from '../octets';
import { ATTRIBUTE_FLAG, type AttributeCodec, malformed } from './attribute';
import { wrongLength } from './length';
import { raw } from './raw';

/**
 * ATTR_SET (RFC 6368 section 5): an AS number and path attributes, which must not contain routes; malformed as RFC 7606
 * section 7.16 says. Only the lengths of the nested attributes are checked. Passed on unread.
 */
export const attrSet: AttributeCodec<Uint8Array> = {
  ...raw,
  decode(bytes, start, end) {
    if (end - start < 4) return wrongLength(end - start, 'at least 4');
    for (let at = start + 4; at < end; ) {
      const wide = (bytes[at] & ATTRIBUTE_FLAG.extendedLength) !== 0 ? 4 : 3;
      if (at + wide > end) return malformed('a nested attribute does not fit');
      if (bytes[at + 1] === 14 || bytes[at + 1] === 15) return malformed('it contains routes');
      at += wide + (wide === 4 ? read16(bytes, at + 2) : bytes[at + 2]);
      if (at > end) return malformed('a nested attribute does not fit');
    }
    return bytes.slice(start, end);
  },
};
