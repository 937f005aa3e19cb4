import { ADDRESS_BITS, type AddressFamily, type IpAddress } from '../model/address';
import { Prefix } from '../model/prefix';

/** Shortest subnets that are assumed to be a cable's: others may be several hops across. */
const SHORTEST: Readonly<Record<AddressFamily, number>> = { ipv4: 24, ipv6: 64 };

/**
 * The longest prefix in which both addresses are hosts: /31 or /127 for the two ends of a cable (RFC 3021, RFC 6164).
 * Undefined if they are not in a subnet that can be a cable's.
 */
export function subnetOf(one: IpAddress, other: IpAddress): number | undefined {
  const { family } = one;
  const bits = ADDRESS_BITS[family];
  for (let length = bits - 1; length >= SHORTEST[family]; length--) {
    const subnet = Prefix.of(one, length);
    if (!subnet.contains(Prefix.host(other))) continue;
    const isHost = (address: IpAddress) => {
      const rest = address.bytes[address.bytes.length - 1] & (2 ** Math.min(8, bits - length) - 1);
      return family === 'ipv6' || length === 31 || (rest !== 0 && rest !== 2 ** (bits - length) - 1);
    };
    if (isHost(one) && isHost(other)) return length;
  }
  return undefined;
}
