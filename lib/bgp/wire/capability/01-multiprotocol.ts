import { read16 } from '../octets';
import type { CapabilityCodec } from './capability';

/** Multiprotocol Extensions (RFC 4760 section 8): one family that the speaker carries. */
export interface Multiprotocol {
  readonly code: 1;
  readonly afi: number;
  readonly safi: number;
}

export const multiprotocol: CapabilityCodec<Multiprotocol> = {
  code: 1,
  name: 'multiprotocol',
  decode: (value) => (value.length === 4 ? { code: 1, afi: read16(value, 0), safi: value[3] } : undefined),
  encode: ({ afi, safi }) => Uint8Array.of(afi >>> 8, afi, 0, safi),
};
