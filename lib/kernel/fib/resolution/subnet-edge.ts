import type { IpAddress } from '../../../model/address';

/** The longest prefixes whose first and last address no host has: those of 31 bits have none (RFC 3021). */
const LONGEST = 30;

/**
 * Whether an address is the network's own, or the broadcast address, of an IPv4 subnet of so many bits: no next hop,
 * though a link leads there.
 */
export function isSubnetEdge({ family, bytes }: IpAddress, length: number): boolean {
  if (family !== 'ipv4' || length > LONGEST) return false;
  const host = ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) << length;
  return host === 0 || host === -1 << length;
}
