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
  /** Prefix length in bits. */
  readonly length: number;
  /** That of the other end of a point-to-point interface, to which the prefix length then applies. */
  readonly peer?: IpAddress;
  /** {@link ADDRESS_FLAG}. Default: none. */
  readonly flags?: number;
}

/** Address flags (IFA_F_*). `secondary`: a further IPv4 address of a subnet, or a temporary IPv6 address (RFC 8981). */
export const ADDRESS_FLAG = { secondary: 0x01, dadFailed: 0x08, deprecated: 0x20, tentative: 0x40 } as const;

/** Decodes a RTM_NEWADDR or RTM_DELADDR payload in [start, end); undefined if malformed. */
export function decodeInterfaceAddress(bytes: Uint8Array, start: number, end: number): InterfaceAddress | undefined {
  if (start + ADDRESS_HEADER > end) return undefined;
  const attributes = readAttributes(bytes, start + ADDRESS_HEADER, end);
  // On a point-to-point interface IFA_ADDRESS is the peer's; IFA_LOCAL is always ours, but IPv6 usually omits it.
  const other = attributes && find(attributes, IFA.address);
  const own = attributes && (find(attributes, IFA.local) ?? other);
  if (!own || (own.value.length !== 4 && own.value.length !== 16)) return undefined;
  const address = IpAddress.fromBytes(own.value);
  const peer = other && other.value.length === own.value.length ? IpAddress.fromBytes(other.value) : address;
  return {
    interface: i32(bytes, start + 4),
    address,
    length: bytes[start + 1],
    ...(!peer.equals(address) && { peer }),
    flags: bytes[start + 2],
  };
}

/** Payload of a dump request for all addresses. */
export const addressRequest = (): Uint8Array => new Uint8Array(ADDRESS_HEADER);
