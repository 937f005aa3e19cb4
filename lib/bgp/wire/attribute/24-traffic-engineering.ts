import type { AttributeCodec } from './attribute';
import { wrongLength } from './length';
import { raw } from './raw';

/**
 * Traffic Engineering (RFC 5543): one or more descriptors of at least 36 octets; malformed as RFC 7606 section 7.13
 * says. Checked, not used.
 */
export const trafficEngineering: AttributeCodec<Uint8Array> = {
  ...raw,
  decode: (bytes, start, end) =>
    end - start >= 36 ? bytes.slice(start, end) : wrongLength(end - start, 'at least 36'),
};
