import { UPDATE_ERROR } from '../notification-codes';
import { type AttributeCodec, Malformed } from './attribute';
import { wrongLength } from './length';

/** NEXT_HOP (RFC 4271 section 5.1.3): an IPv4 address, 4 octets. */
export const nextHop: AttributeCodec<Uint8Array> = {
  decode(bytes, start, end) {
    if (end - start !== 4) return wrongLength(end - start, '4');
    const address = bytes.slice(start, end);
    return isHost(address) ? address : martian(address);
  },
  encode: (address, out) => void out.write(address),
};

/** A next hop that is no host: the route is to be ignored (RFC 4271 section 6.3), which is what treat-as-withdraw does. */
export const martian = (address: Uint8Array): Malformed =>
  new Malformed(UPDATE_ERROR.invalidNextHop, `the next hop ${address.join('.')} is no host address`);

/** Whether an IPv4 or IPv6 address can be a neighbour's: not "this network", loopback, unspecified, multicast or reserved. */
export function isHost(address: Uint8Array): boolean {
  if (address.length === 4) return address[0] !== 0 && address[0] !== 127 && address[0] < 224;
  if (address[0] === 0xff) return false;
  for (let i = 0; i < 15; i++) if (address[i] !== 0) return true;
  return address[15] > 1;
}
