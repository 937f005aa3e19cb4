import { find, readAttributes } from './attribute';
import { i32, putU32, u32, zeroTerminated } from './octets';

/** Octets of struct ifinfomsg. */
const LINK_HEADER = 16;
const IFF = { up: 1, lowerUp: 0x10000 } as const;
const IFLA = { name: 3, master: 10 } as const;

/** An interface of this network namespace (struct ifinfomsg). */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** Administratively up. */
  readonly up: boolean;
  readonly carrier: boolean;
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
  const flags = u32(bytes, start + 8);
  return {
    index: i32(bytes, start + 4),
    name: zeroTerminated(name.value),
    up: (flags & IFF.up) !== 0,
    carrier: (flags & IFF.lowerUp) !== 0,
    ...(master?.value.length === 4 && { master: u32(master.value, 0) }),
  };
}

/** Payload of a dump request for all links. */
export const linkRequest = (): Uint8Array => new Uint8Array(LINK_HEADER);

/** Payload of a request for one link. */
export function oneLinkRequest(index: number): Uint8Array {
  const bytes = linkRequest();
  putU32(bytes, 4, index);
  return bytes;
}
