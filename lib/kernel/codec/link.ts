import { find, readAttributes } from './attribute';
import { i32, putU32, u32, zeroTerminated } from './octets';

/** Octets of struct ifinfomsg. */
const LINK_HEADER = 16;
const IFF = { up: 1, lowerUp: 0x10000 } as const;
const IFLA = { address: 1, name: 3, mtu: 4, master: 10 } as const;
/** Octets of an Ethernet address; those of tunnels, which have other lengths, are addresses of IP. */
const ETHERNET = 6;

/** An interface of this network namespace (struct ifinfomsg). */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** Administratively up. */
  readonly up: boolean;
  readonly carrier: boolean;
  /** Its Ethernet address, as `02:00:00:00:00:0a`. */
  readonly linkLayer?: string;
  /** Octets of the largest packet. */
  readonly mtu?: number;
  /** The index of the VRF, bridge or bond that it belongs to. */
  readonly master?: number;
}

/** Decodes a RTM_NEWLINK or RTM_DELLINK payload in [start, end); undefined if malformed. */
export function decodeLink(bytes: Uint8Array, start: number, end: number): Link | undefined {
  if (start + LINK_HEADER > end) return undefined;
  const attributes = readAttributes(bytes, start + LINK_HEADER, end);
  const name = attributes && find(attributes, IFLA.name);
  if (!name) return undefined;
  const master = find(attributes, IFLA.master);
  const address = find(attributes, IFLA.address)?.value;
  const mtu = find(attributes, IFLA.mtu)?.value;
  const flags = u32(bytes, start + 8);
  return {
    index: i32(bytes, start + 4),
    name: zeroTerminated(name.value),
    up: (flags & IFF.up) !== 0,
    carrier: (flags & IFF.lowerUp) !== 0,
    ...(address?.length === ETHERNET && { linkLayer: Array.from(address, hexadecimal).join(':') }),
    ...(mtu?.length === 4 && { mtu: u32(mtu, 0) }),
    ...(master?.value.length === 4 && { master: u32(master.value, 0) }),
  };
}

const hexadecimal = (octet: number): string => octet.toString(16).padStart(2, '0');

/** Payload of a dump request for all links. */
export const linkRequest = (): Uint8Array => new Uint8Array(LINK_HEADER);

/** Payload of a request for one link. */
export function oneLinkRequest(index: number): Uint8Array {
  const bytes = linkRequest();
  putU32(bytes, 4, index);
  return bytes;
}
