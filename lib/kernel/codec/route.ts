/**
 * Reads route messages (struct rtmsg and its attributes) into one reused view, without allocating: the hot path of a
 * million routes. `peerform debug netlink` decodes whole messages with every attribute.
 */
import { align, i32, u16, u32 } from './octets';

/** Octets of struct rtmsg. */
export const ROUTE_HEADER = 12;

/** Linux numbers of address families in route messages. */
export const FAMILY = { ipv4: 2, ipv6: 10, mpls: 28 } as const;

/** rtm_type. */
export const ROUTE_TYPE = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  /** The look-up continues with the next rule. */
  throw: 9,
} as const;

/** rtm_table of the named tables. Numbers above 255 are only in RTA_TABLE. */
export const TABLE = { unspecified: 0, main: 254, local: 255 } as const;

/** rtm_scope. */
export const SCOPE = { universe: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const;

/** rtm_flags. */
export const ROUTE_FLAG = { onlink: 4, cloned: 0x200, lookupTable: 0x1000, fibMatch: 0x2000 } as const;

/** Attribute types of a route. */
export const RTA = {
  destination: 1,
  source: 2,
  inputInterface: 3,
  outputInterface: 4,
  gateway: 5,
  priority: 6,
  preferredSource: 7,
  metrics: 8,
  multipath: 9,
  flow: 11,
  cacheInfo: 12,
  table: 15,
  mark: 16,
  via: 18,
  newDestination: 19,
  preference: 20,
  encapsulationType: 21,
  encapsulation: 22,
  expires: 23,
  uid: 25,
  ttlPropagate: 26,
  nexthopId: 30,
} as const;

/** The fields of a route message that route handling needs. Offsets are into the buffer that was read; -1 if absent. */
export interface RouteFields {
  family: number;
  length: number;
  tos: number;
  table: number;
  protocol: number;
  scope: number;
  type: number;
  flags: number;
  /** Offset of the destination, 4 or 16 octets; absent in a default route. */
  destination: number;
  /** The metric; 0 when absent. */
  priority: number;
  outputInterface: number;
  gateway: number;
  gatewayLength: number;
  multipath: number;
  multipathEnd: number;
  nexthopId: number;
  /** The preferred source address. */
  source: number;
  /** RTA_ENCAP is present: not a plain route. */
  encapsulated: boolean;
}

export const emptyRoute = (): RouteFields => ({
  family: 0,
  length: 0,
  tos: 0,
  table: 0,
  protocol: 0,
  scope: 0,
  type: 0,
  flags: 0,
  destination: -1,
  priority: 0,
  outputInterface: 0,
  gateway: -1,
  gatewayLength: 0,
  multipath: -1,
  multipathEnd: -1,
  nexthopId: 0,
  source: -1,
  encapsulated: false,
});

/** Fills `into` from the payload in [start, end); false if it is not a route message. */
export function readRoute(bytes: Uint8Array, start: number, end: number, into: RouteFields): boolean {
  if (start + ROUTE_HEADER > end) return false;
  into.family = bytes[start];
  into.length = bytes[start + 1];
  into.tos = bytes[start + 3];
  into.table = bytes[start + 4];
  into.protocol = bytes[start + 5];
  into.scope = bytes[start + 6];
  into.type = bytes[start + 7];
  into.flags = u32(bytes, start + 8);
  into.destination = into.gateway = into.multipath = into.multipathEnd = into.source = -1;
  into.priority = into.outputInterface = into.gatewayLength = into.nexthopId = 0;
  into.encapsulated = false;
  const octets = into.family === FAMILY.ipv4 ? 4 : 16;
  if (into.length > octets * 8) return false;
  for (let at = start + ROUTE_HEADER; at < end; ) {
    if (at + 4 > end) return false;
    const length = u16(bytes, at);
    if (length < 4 || at + length > end) return false;
    readAttribute(bytes, at + 4, length - 4, u16(bytes, at + 2) & 0x3fff, octets, into);
    at += align(length);
  }
  return true;
}

function readAttribute(
  bytes: Uint8Array,
  at: number,
  size: number,
  type: number,
  octets: number,
  into: RouteFields,
): void {
  switch (type) {
    case RTA.destination:
      if (size === octets) into.destination = at;
      break;
    case RTA.priority:
      if (size === 4) into.priority = u32(bytes, at);
      break;
    case RTA.outputInterface:
      if (size === 4) into.outputInterface = i32(bytes, at);
      break;
    case RTA.gateway:
      if (size === octets) [into.gateway, into.gatewayLength] = [at, size];
      break;
    case RTA.via: // the next hop is of the other family: two octets of family, then the address
      if (size === 6 || size === 18) [into.gateway, into.gatewayLength] = [at + 2, size - 2];
      break;
    case RTA.table:
      if (size === 4) into.table = u32(bytes, at);
      break;
    case RTA.nexthopId:
      if (size === 4) into.nexthopId = u32(bytes, at);
      break;
    case RTA.preferredSource:
      if (size === octets) into.source = at;
      break;
    case RTA.multipath:
      [into.multipath, into.multipathEnd] = [at, at + size];
      break;
    case RTA.encapsulation:
      into.encapsulated = true;
  }
}

/** One hop of RTA_MULTIPATH (struct rtnexthop). */
interface MultipathHop {
  readonly flags: number;
  /** 1 to 256. */
  readonly weight: number;
  readonly interface: number;
  /** Offset of the gateway, or -1. */
  readonly gateway: number;
  readonly gatewayLength: number;
}

/** The hops of the RTA_MULTIPATH value in [start, end), or undefined if malformed. */
export function readMultipath(bytes: Uint8Array, start: number, end: number): MultipathHop[] | undefined {
  const hops: MultipathHop[] = [];
  for (let at = start; at < end; ) {
    if (at + 8 > end) return undefined;
    const length = u16(bytes, at);
    if (length < 8 || at + length > end) return undefined;
    let gateway = -1;
    let gatewayLength = 0;
    for (let inner = at + 8; inner < at + length; ) {
      if (inner + 4 > at + length) return undefined;
      const size = u16(bytes, inner);
      if (size < 4 || inner + size > at + length) return undefined;
      const type = u16(bytes, inner + 2) & 0x3fff;
      if (type === RTA.gateway) [gateway, gatewayLength] = [inner + 4, size - 4];
      if (type === RTA.via) [gateway, gatewayLength] = [inner + 6, size - 6];
      inner += align(size);
    }
    if (gatewayLength !== 0 && gatewayLength !== 4 && gatewayLength !== 16) return undefined;
    hops.push({
      flags: bytes[at + 2],
      weight: bytes[at + 3] + 1,
      interface: i32(bytes, at + 4),
      gateway,
      gatewayLength,
    });
    at += align(length);
  }
  return hops;
}
