import { IpAddress } from '../../model/address';
import { attribute, attributeU32, type NetlinkAttribute, writeNetlinkAttributes } from './attribute';
import { putU16, putU32 } from './octets';
import { FAMILY, ROUTE_FLAG, ROUTE_TYPE, type RouteFields, RTA, readMultipath } from './route';

/** One hop as the kernel has it, always with an interface. */
export interface Hop {
  readonly interface: number;
  /** Absent if the destination is on-link. */
  readonly gateway?: IpAddress;
  /** 1 to 255: its share of the traffic. */
  readonly weight: number;
  /** The gateway is treated as on-link even if no address covers it. */
  readonly onlink: boolean;
}

/**
 * Where a route leads, in the kernel's own terms (its `fib_info`): everything in which two routes to one prefix can
 * differ. `unicast` has one hop or more, in the order of {@link compareHops} (the kernel has no order of its own for
 * IPv6). `other` is anything that we never write; it has hops if packets go to a gateway with an encapsulation.
 */
export interface RouteInfo {
  readonly type: 'unicast' | 'blackhole' | 'unreachable' | 'throw' | 'other';
  readonly hops: readonly Hop[];
}

const TYPES: Readonly<Record<number, RouteInfo['type']>> = {
  [ROUTE_TYPE.unicast]: 'unicast',
  [ROUTE_TYPE.blackhole]: 'blackhole',
  [ROUTE_TYPE.unreachable]: 'unreachable',
  [ROUTE_TYPE.throw]: 'throw',
};

export const routeInfo = (type: RouteInfo['type'], hops: readonly Hop[] = []): RouteInfo => ({
  type,
  hops: [...hops].sort(compareHops),
});

/** By interface, gateway (none first), weight. */
function compareHops(a: Hop, b: Hop): number {
  return (
    a.interface - b.interface ||
    (a.gateway && b.gateway ? a.gateway.compare(b.gateway) : Number(!!a.gateway) - Number(!!b.gateway)) ||
    a.weight - b.weight
  );
}

/** Equal if and only if the route infos are equal. */
export const routeInfoKey = ({ type, hops }: RouteInfo): string =>
  [type, ...hops.map((hop) => `${hop.gateway ?? ''}%${hop.interface}*${hop.weight}${hop.onlink ? '!' : ''}`)].join(' ');

/** The complete info of a route that was read: its hops are in the route itself or in RTA_MULTIPATH. */
export function readRouteInfo(bytes: Uint8Array, route: RouteFields): RouteInfo {
  const type = TYPES[route.type] ?? 'other';
  if (type === 'other' || route.nexthopId !== 0 || route.tos !== 0) return routeInfo('other');
  if (type !== 'unicast') return routeInfo(type);
  const plain = plainInfo(bytes, route);
  return route.encapsulated
    ? routeInfo(
        'other',
        plain.hops.filter(({ gateway }) => gateway),
      )
    : plain;
}

function plainInfo(bytes: Uint8Array, route: RouteFields): RouteInfo {
  const at = (offset: number, length: number) =>
    offset < 0 ? {} : { gateway: IpAddress.fromBytes(bytes.subarray(offset, offset + length)) };
  if (route.multipath < 0) {
    const onlink = (route.flags & ROUTE_FLAG.onlink) !== 0;
    return routeInfo('unicast', [
      { interface: route.outputInterface, ...at(route.gateway, route.gatewayLength), weight: 1, onlink },
    ]);
  }
  const hops = readMultipath(bytes, route.multipath, route.multipathEnd);
  if (!hops?.length) return routeInfo('other');
  return routeInfo(
    'unicast',
    hops.map((hop) => ({
      interface: hop.interface,
      ...at(hop.gateway, hop.gatewayLength),
      weight: hops.length === 1 ? 1 : hop.weight, // a single hop has all the traffic, whatever its weight
      onlink: (hop.flags & ROUTE_FLAG.onlink) !== 0,
    })),
  );
}

/** A route info encoded for route requests: route type, flags, and attributes ready to copy. */
export interface RouteInfoOctets {
  readonly type: number;
  readonly flags: number;
  /** No hop has a gateway. */
  readonly onLink: boolean;
  readonly attributes: Uint8Array;
}

/**
 * Encodes a route info for routes of a family (`octets`: 4 or 16 per address). A gateway of the other family uses
 * RTA_VIA.
 */
export function writeRouteInfo({ type, hops }: RouteInfo, octets: number): RouteInfoOctets {
  if (type !== 'unicast' || hops.length === 0) {
    const number = ROUTE_TYPE[type === 'blackhole' || type === 'throw' ? type : 'unreachable'];
    return { type: number, flags: 0, onLink: false, attributes: new Uint8Array() };
  }
  const [hop] = hops;
  const several = hops.length > 1;
  return {
    type: ROUTE_TYPE.unicast,
    flags: !several && hop.onlink ? ROUTE_FLAG.onlink : 0,
    onLink: hops.every(({ gateway }) => !gateway),
    attributes: writeNetlinkAttributes(
      several
        ? [attribute(RTA.multipath, paths(hops, octets))]
        : [...gatewayOf(hop, octets), attributeU32(RTA.outputInterface, hop.interface)],
    ),
  };
}

/** Encodes the info of routes that use a nexthop object. */
export const writeNexthopRouteInfo = (id: number): RouteInfoOctets => ({
  type: ROUTE_TYPE.unicast,
  flags: 0,
  onLink: false,
  attributes: writeNetlinkAttributes([attributeU32(RTA.nexthopId, id)]),
});

function gatewayOf({ gateway }: Hop, octets: number): NetlinkAttribute[] {
  if (!gateway) return [];
  if (gateway.bytes.length === octets) return [attribute(RTA.gateway, gateway.bytes)];
  const family = gateway.family === 'ipv4' ? FAMILY.ipv4 : FAMILY.ipv6;
  return [attribute(RTA.via, Uint8Array.of(family, 0, ...gateway.bytes))];
}

/** struct rtnexthop with its gateway, for each hop. */
function paths(hops: readonly Hop[], octets: number): Uint8Array {
  const all = hops.map((hop) => {
    const attributes = writeNetlinkAttributes(gatewayOf(hop, octets));
    const bytes = new Uint8Array(8 + attributes.length);
    putU16(bytes, 0, bytes.length);
    bytes.set([hop.onlink ? ROUTE_FLAG.onlink : 0, hop.weight - 1], 2);
    putU32(bytes, 4, hop.interface);
    bytes.set(attributes, 8);
    return bytes;
  });
  return Uint8Array.from(all.flatMap((bytes) => [...bytes]));
}
