import { IpAddress } from '../../model/address';
import {
  attribute,
  attributeU32,
  find,
  type NetlinkAttribute,
  readAttributes,
  writeNetlinkAttributes,
} from './attribute';
import { putU16, putU32, u16, u32 } from './octets';
import { FAMILY, ROUTE_FLAG } from './route';

/** Octets of struct nhmsg. */
const NEXTHOP_HEADER = 8;
const NHA = { id: 1, group: 2, blackhole: 4, outputInterface: 5, gateway: 6 } as const;

/** A nexthop object (struct nhmsg): a group of other objects, or a single hop. */
export interface Nexthop {
  readonly id: number;
  /** rtm_protocol of its creator. */
  readonly protocol: number;
  readonly blackhole?: boolean;
  readonly interface?: number;
  readonly gateway?: IpAddress;
  /** The gateway is treated as on-link even if no address covers it. */
  readonly onlink?: boolean;
  /** Members with their weights, 1 to 256. */
  readonly group?: readonly { readonly id: number; readonly weight: number }[];
}

/** Decodes a RTM_NEWNEXTHOP or RTM_DELNEXTHOP payload in [start, end); undefined if malformed. */
export function decodeNexthop(bytes: Uint8Array, start: number, end: number): Nexthop | undefined {
  if (start + NEXTHOP_HEADER > end) return undefined;
  const attributes = readAttributes(bytes, start + NEXTHOP_HEADER, end);
  const id = attributes && number(attributes, NHA.id);
  if (id === undefined) return undefined;
  const gateway = find(attributes!, NHA.gateway)?.value;
  const group = find(attributes!, NHA.group)?.value;
  const outputInterface = number(attributes!, NHA.outputInterface);
  return {
    id,
    protocol: bytes[start + 2],
    ...(find(attributes!, NHA.blackhole) && { blackhole: true }),
    ...(outputInterface !== undefined && { interface: outputInterface }),
    ...((gateway?.length === 4 || gateway?.length === 16) && { gateway: IpAddress.fromBytes(gateway) }),
    ...((u32(bytes, start + 4) & ROUTE_FLAG.onlink) !== 0 && { onlink: true }),
    ...(group && group.length % 8 === 0 && { group: members(group) }),
  };
}

/** Payload that creates or replaces a nexthop object. */
export function encodeNexthop(nexthop: Nexthop): Uint8Array {
  const attributes: NetlinkAttribute[] = [attributeU32(NHA.id, nexthop.id)];
  if (nexthop.group) attributes.push(attribute(NHA.group, groupOctets(nexthop.group)));
  if (nexthop.blackhole) attributes.push(attribute(NHA.blackhole, new Uint8Array()));
  if (nexthop.interface !== undefined) attributes.push(attributeU32(NHA.outputInterface, nexthop.interface));
  if (nexthop.gateway) attributes.push(attribute(NHA.gateway, nexthop.gateway.bytes));
  const octets = writeNetlinkAttributes(attributes);
  const payload = new Uint8Array(NEXTHOP_HEADER + octets.length);
  payload[0] = nexthop.group ? 0 : nexthop.gateway?.family === 'ipv6' ? FAMILY.ipv6 : FAMILY.ipv4;
  payload[2] = nexthop.protocol;
  putU32(payload, 4, nexthop.onlink ? ROUTE_FLAG.onlink : 0);
  payload.set(octets, NEXTHOP_HEADER);
  return payload;
}

/** Payload of a dump request for all nexthop objects. */
export const nexthopDumpRequest = (): Uint8Array => new Uint8Array(NEXTHOP_HEADER);

function number(attributes: readonly NetlinkAttribute[], type: number): number | undefined {
  const value = find(attributes, type)?.value;
  return value?.length === 4 ? u32(value, 0) : undefined;
}

/** struct nexthop_grp: id, weight minus one, its high octet, two reserved octets. */
function members(group: Uint8Array): { id: number; weight: number }[] {
  return Array.from({ length: group.length / 8 }, (_, i) => ({
    id: u32(group, 8 * i),
    weight: u16(group, 8 * i + 4) + 1,
  }));
}

function groupOctets(group: readonly { id: number; weight: number }[]): Uint8Array {
  const bytes = new Uint8Array(8 * group.length);
  for (const [i, member] of group.entries()) {
    putU32(bytes, 8 * i, member.id);
    putU16(bytes, 8 * i + 4, member.weight - 1);
  }
  return bytes;
}
