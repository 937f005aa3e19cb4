import { OctetWriter, read32 } from '../octets';
import type { CapabilityCodec } from './capability';

/** Support for four-octet AS numbers (RFC 6793 section 3), with the sender's AS number. */
export interface FourOctetAs {
  readonly code: 65;
  readonly as: number;
}

export const fourOctetAs: CapabilityCodec<FourOctetAs> = {
  code: 65,
  name: 'four-octet-as',
  decode: (value) => (value.length === 4 ? { code: 65, as: read32(value, 0) } : undefined),
  encode: (capability) => new OctetWriter().write32(capability.as).toBytes(),
};
