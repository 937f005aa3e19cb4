import type { IpAddress } from '../../../model/address';

/** The longest prefixes with a network and a broadcast address: /31 has none (RFC 3021). */
const LONGEST = 30;

/**
 * Whether an address is the network or broadcast address of an IPv4 subnet of this length: not a valid next hop,
 * although a link covers it.
 */
export function isSubnetEdge({ family, bytes }: IpAddress, length: number): boolean {
  if (family !== 'ipv4' || length > LONGEST) return false;
  const host = ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) << length;
  return host === 0 || host === -1 << length;
}
