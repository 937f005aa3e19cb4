import { type HashKey, OctetHash } from '../../../model/keyed-hash';
import { ROUTE_FLAG, type RouteFields } from '../../codec/route';
import { type RouteInfo, readRouteInfo } from '../../codec/route-info';

/** A route info with one hop, by the octets that it was read from. */
interface Entry {
  readonly type: number;
  readonly onlink: number;
  readonly interface: number;
  readonly gateway: Uint8Array;
  readonly info: number;
}

/** Maximum number of gateways cached. */
const MOST_ENTRIES = 1 << 16;

/**
 * Infos of routes that are read, by number. On the hot path of a million routes: nearly all have one of a few single
 * hops, which is found without creating a string or an object.
 */
export class RouteInfoCache {
  private readonly entries = new Map<number, Entry>();
  private readonly hashes: OctetHash;

  /**
   * `groupOf`: the route info of a nexthop object of ours; undefined if it is not ours. `key`: secret, as neighbours
   * choose gateways.
   */
  constructor(
    private readonly intern: (info: RouteInfo) => number,
    private readonly groupOf: (nexthopId: number) => number | undefined = () => undefined,
    key?: HashKey,
  ) {
    this.hashes = new OctetHash(key);
  }

  /** Numbers of route infos are about to be reused. */
  clear(): void {
    this.entries.clear();
  }

  /** The number of a route's info. */
  read(bytes: Uint8Array, route: RouteFields): number {
    if (route.nexthopId !== 0) return this.groupOf(route.nexthopId) ?? this.intern(readRouteInfo(bytes, route));
    if (route.multipath >= 0 || route.encapsulated || route.tos !== 0) return this.intern(readRouteInfo(bytes, route));
    const { type, outputInterface, gateway, gatewayLength } = route;
    const hash = this.hashes.hash(bytes, gateway, gateway + gatewayLength, (outputInterface << 8) ^ type);
    const known = this.entries.get(hash);
    if (known && isOf(known, bytes, route)) return known.info;
    const entry = {
      type: route.type,
      onlink: route.flags & ROUTE_FLAG.onlink,
      interface: route.outputInterface,
      gateway: bytes.slice(Math.max(0, route.gateway), Math.max(0, route.gateway) + route.gatewayLength),
      info: this.intern(readRouteInfo(bytes, route)),
    };
    if (this.entries.size >= MOST_ENTRIES) this.entries.clear();
    this.entries.set(hash, entry);
    return entry.info;
  }
}

function isOf(entry: Entry, bytes: Uint8Array, route: RouteFields): boolean {
  if (entry.type !== route.type || entry.interface !== route.outputInterface) return false;
  if (entry.onlink !== (route.flags & ROUTE_FLAG.onlink) || entry.gateway.length !== route.gatewayLength) return false;
  for (let i = 0; i < entry.gateway.length; i++) if (entry.gateway[i] !== bytes[route.gateway + i]) return false;
  return true;
}
