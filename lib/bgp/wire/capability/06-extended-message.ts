import { NO_OCTETS } from '../octets';
import type { CapabilityCodec } from './capability';

/** Extended Message (RFC 8654 section 3): messages of up to 65535 octets. It has no value. */
export interface ExtendedMessage {
  readonly code: 6;
}

export const extendedMessage: CapabilityCodec<ExtendedMessage> = {
  code: 6,
  name: 'extended-message',
  decode: (value) => (value.length === 0 ? { code: 6 } : undefined),
  encode: () => NO_OCTETS,
};
