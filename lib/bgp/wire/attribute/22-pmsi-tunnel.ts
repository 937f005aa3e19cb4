import type { AttributeCodec } from './attribute';
import { wrongLength } from './length';
import { raw } from './raw';

/** PMSI_TUNNEL (RFC 6514 section 5): flags, type and label take 5 octets. Passed on unread. */
export const pmsiTunnel: AttributeCodec<Uint8Array> = {
  ...raw,
  decode: (bytes, start, end) => (end - start >= 5 ? bytes.slice(start, end) : wrongLength(end - start, 'at least 5')),
};
