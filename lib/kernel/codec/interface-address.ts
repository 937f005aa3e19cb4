import { IpAddress } from '../../model/address';
import { find, readAttributes } from './attribute';
import { i32 } from './octets';

/** Octets of struct ifaddrmsg. */
const ADDRESS_HEADER = 8;
const IFA = { address: 1, local: 2 } as const;

/** An address of an interface (struct ifaddrmsg). */
export interface InterfaceAddress {
  readonly interface: number;
  readonly address: IpAddress;
  /** In bits. */
  readonly length: number;
  /** {@link ADDRESS_FLAG}; absent: none. */
  readonly flags?: number;
}

/**
 * What the kernel says of an address (IFA_F_*). `secondary`: an IPv4 address beside the first one of its subnet, an
 * IPv6 address for a time (RFC 8981).
 */
export const ADDRESS_FLAG = { secondary: 0x01, dadFailed: 0x08, deprecated: 0x20, tentative: 0x40 } as const;

/** The address of a RTM_NEWADDR or RTM_DELADDR payload in [start, end); undefined when the octets are none. */
export function decodeInterfaceAddress(bytes: Uint8Array, start: number, end: number): InterfaceAddress | undefined {
  if (start + ADDRESS_HEADER > end) return undefined;
  const attributes = readAttributes(bytes, start + ADDRESS_HEADER, end);
  // On a point-to-point interface IFA_ADDRESS is the far side; IFA_LOCAL is always ours, but IPv6 mostly leaves it out.
  const own = attributes && (find(attributes, IFA.local) ?? find(attributes, IFA.address));
  if (!own || (own.value.length !== 4 && own.value.length !== 16)) return undefined;
  return {
    interface: i32(bytes, start + 4),
    address: IpAddress.fromBytes(own.value),
    length: bytes[start + 1],
    flags: bytes[start + 2],
  };
}

/** The payload that asks for all addresses in a dump. */
export const addressRequest = (): Uint8Array => new Uint8Array(ADDRESS_HEADER);
