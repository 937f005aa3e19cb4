import { OctetWriter, read16 } from '../octets';
import type { CapabilityCodec } from './capability';

/** Extended Next Hop Encoding (RFC 8950 section 4): families whose next hop may be of another address family. */
export interface ExtendedNextHop {
  readonly code: 5;
  readonly entries: readonly { readonly afi: number; readonly safi: number; readonly nextHopAfi: number }[];
}

export const extendedNextHop: CapabilityCodec<ExtendedNextHop> = {
  code: 5,
  name: 'extended-next-hop',
  decode: (value) =>
    value.length % 6 !== 0
      ? undefined
      : {
          code: 5,
          entries: Array.from({ length: value.length / 6 }, (_, i) => ({
            afi: read16(value, 6 * i),
            safi: read16(value, 6 * i + 2),
            nextHopAfi: read16(value, 6 * i + 4),
          })),
        },
  encode({ entries }) {
    const out = new OctetWriter();
    for (const { afi, safi, nextHopAfi } of entries) out.write16(afi).write16(safi).write16(nextHopAfi);
    return out.toBytes();
  },
};
