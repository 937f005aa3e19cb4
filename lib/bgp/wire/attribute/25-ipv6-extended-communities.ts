import type { AttributeCodec } from './attribute';
import { isMultiple, wrongLength } from './length';
import { raw } from './raw';

/**
 * IPv6 Address Specific Extended Communities (RFC 5701), 20 octets each; malformed as RFC 7606 section 7.15 says.
 * Passed on unread.
 */
export const ipv6ExtendedCommunities: AttributeCodec<Uint8Array> = {
  ...raw,
  decode: (bytes, start, end) =>
    isMultiple(end - start, 20) ? bytes.slice(start, end) : wrongLength(end - start, 'a multiple of 20'),
};
