import type { AttributeCodec } from './attribute';
import { wrongLength } from './length';
import { raw } from './raw';

/** PMSI_TUNNEL (RFC 6514 section 5): at least 5 octets, for flags, type and label. Passed on unread. */
export const pmsiTunnel: AttributeCodec<Uint8Array> = {
  ...raw,
  decode: (bytes, start, end) => (end - start >= 5 ? bytes.slice(start, end) : wrongLength(end - start, 'at least 5')),
};
