import type { IpAddress } from '../../model/address';
import { putU32 } from './octets';

/** struct ipv6_mreq: a multicast group on an interface. */
export function membership(group: IpAddress, index: number): Uint8Array {
  const bytes = new Uint8Array(20);
  bytes.set(group.bytes);
  putU32(bytes, 16, index);
  return bytes;
}

/** struct icmp6_filter that passes only these types of ICMPv6 messages: a bit that is set blocks its type. */
export function icmpFilter(types: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(32).fill(0xff);
  for (const type of types) {
    // An array of 32-bit words in host order, which is little-endian on every supported machine.
    bytes[type >>> 3] &= ~(1 << (type & 7));
  }
  return bytes;
}
