import type { AttributeCodec } from './attribute';
import { wrongLength } from './length';

/**
 * NEXT_HOP (RFC 4271 section 5.1.3): an IPv4 address, 4 octets. Whether it is the address of a host is checked with the
 * route, because MP_REACH_NLRI contains a next hop as well.
 */
export const nextHop: AttributeCodec<Uint8Array> = {
  decode: (bytes, start, end) => (end - start === 4 ? bytes.slice(start, end) : wrongLength(end - start, '4')),
  encode: (address, out) => void out.write(address),
};

/**
 * Whether an IPv4 or IPv6 address can be that of a host, as RFC 4271 section 6.3 requires of a next hop: not "this
 * network", loopback, unspecified, multicast, reserved or broadcast (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5).
 */
export function isHost(address: Uint8Array): boolean {
  if (address.length === 4) return address[0] !== 0 && address[0] !== 127 && address[0] < 224;
  if (address[0] === 0xff) return false;
  for (let i = 0; i < 15; i++) if (address[i] !== 0) return true;
  return address[15] > 1;
}
