/*
 * The on-link prefixes and the gateways of foreign routes ({@link ForeignRoutes}). On the hot path of a dump of a
 * million routes: only on-link routes, which are few, allocate anything.
 */
import { IpAddress } from '../../../model/address';
import { Prefix } from '../../../model/prefix';
import { ROUTE_TYPE, TABLE } from '../../codec/route';
import type { RouteInfo } from '../../codec/route-info';
import { type ForeignRoute, isHostRoute } from '../withholding/foreign-route';
import type { OtherRoutes } from '../withholding/own-network';
import type { ForeignNews } from './foreign-news';
import type { ForeignEntry, ForeignMatch, ForeignRoutes } from './foreign-routes';

const UNKNOWN = 0;
const NO_WAY = 1;
const ON_LINK = 2;
const BY_GATEWAY = 3;

/** See the top of this file. */
export class ForeignWays implements OtherRoutes {
  /** By the number of a route info: how many routes use it, how many of them without a nexthop object, and its kind. */
  private readonly held: number[] = [];
  private readonly counts: number[] = [];
  private readonly kinds: number[] = [];
  private readonly byGateway = new Set<number>();
  /** The same for nexthop objects, by their id. */
  private readonly objectKinds = new Map<number, number>();
  /** On-link prefixes other than single hosts, by entry and family, with their nexthop object. */
  private readonly linked = new Map<number, { readonly route: ForeignRoute; readonly nexthopId: number }>();
  private known: readonly IpAddress[] | undefined;

  constructor(
    private readonly routes: readonly [ForeignRoutes, ForeignRoutes],
    private readonly infoOf: (of: Pick<ForeignMatch, 'info' | 'nexthopId'>) => RouteInfo,
    /** The table of our routes. */
    private readonly table: number,
    private readonly news: ForeignNews,
  ) {
    for (const [family, one] of routes.entries())
      one.heard = (slot, entry, isThere) => this.heard(family, slot, entry, isThere);
  }

  *onLink(): Generator<ForeignRoute> {
    for (const { route } of this.linked.values()) yield route;
  }

  /** The same array as long as nothing changed. */
  gateways(): readonly IpAddress[] {
    if (this.known) return this.known;
    const all = new Map<string, IpAddress>();
    const add = (info: number, nexthopId: number) => {
      for (const { gateway } of this.infoOf({ info, nexthopId }).hops) if (gateway) all.set(String(gateway), gateway);
    };
    for (const info of this.byGateway) add(info, 0);
    for (const routes of this.routes) for (const nexthopId of routes.nexthops().keys()) add(0, nexthopId);
    this.known = [...all.values()];
    return this.known;
  }

  hostsAt(address: IpAddress): ForeignRoute[] {
    return this.unicastTo(Prefix.host(address)).filter((route) => route.interface !== 0 && isHostRoute(route));
  }

  at(prefix: Prefix): ForeignRoute | undefined {
    return this.unicastTo(prefix).find(({ table }) => table === this.table);
  }

  /** Whether a foreign route in our table determines the whole of a prefix; a covering `throw` route does not. */
  covers({ family, address, length }: Prefix): boolean {
    const routes = this.routes[family === 'ipv4' ? 0 : 1];
    for (let bits = length; bits >= 0; bits--) {
      const match = routes.at(address.bytes, bits, this.table);
      if (match) return bits === length || match.type !== ROUTE_TYPE.throw;
    }
    return false;
  }

  /** Whether any route uses a route info, by its number. */
  has(info: number): boolean {
    return (this.held[info] ?? 0) > 0;
  }

  /**
   * Foreign nexthop objects changed. A route whose object has lost its gateway is recognised as on-link when it is next
   * reported.
   */
  nexthopsChanged(): void {
    this.objectKinds.clear();
    for (const [key, { nexthopId }] of this.linked)
      if (nexthopId !== 0 && this.kindOfObject(nexthopId) !== ON_LINK) this.linked.delete(key);
    this.gatewaysChanged();
  }

  private gatewaysChanged(): void {
    this.known = undefined;
    this.news.gatewaysChanged();
  }

  private unicastTo(prefix: Prefix): ForeignRoute[] {
    return this.routes[prefix.family === 'ipv4' ? 0 : 1]
      .of(prefix.address.bytes, prefix.length)
      .flatMap((entry) => (entry.type === ROUTE_TYPE.unicast ? [this.described(prefix, entry)] : []));
  }

  private described(prefix: Prefix, { table, protocol, metric, info, nexthopId }: ForeignEntry): ForeignRoute {
    const { hops } = this.infoOf({ info, nexthopId });
    const gateways = hops.flatMap(({ gateway }) => gateway ?? []);
    return { prefix, table, protocol, metric, interface: hops.length === 1 ? hops[0].interface : 0, gateways };
  }

  private heard(family: number, slot: number, entry: number, isThere: boolean): void {
    const routes = this.routes[family];
    const info = routes.infoOf(entry);
    const nexthopId = routes.nexthopOf(entry);
    const table = routes.tableOf(entry);
    this.held[info] = (this.held[info] ?? 0) + (isThere ? 1 : -1);
    const kind = nexthopId === 0 ? this.count(info, isThere) : this.kindOfObject(nexthopId);
    // Only the first and the last route on an object change which gateways are in use.
    if (kind === BY_GATEWAY && nexthopId !== 0 && (routes.nexthops().get(nexthopId) ?? 0) === (isThere ? 1 : 0))
      this.gatewaysChanged();
    const key = entry * 2 + family;
    if (!isThere && this.linked.delete(key)) this.news.onLinkChanged();
    const isOurs = table === this.table;
    if (!isOurs && table !== TABLE.main) return;
    const length = routes.lengthOf(slot);
    const matters = isOurs && this.news.cares(length);
    if (!matters && kind !== ON_LINK) return;
    const prefix = Prefix.of(IpAddress.fromBytes(routes.addressOf(slot)), length);
    if (matters) this.news.tableChanged(prefix);
    if (kind !== ON_LINK || prefix.address.isLinkLocal || prefix.address.bytes[0] === 0xff) return;
    const told = routes.entry(slot, entry);
    if (told.type !== ROUTE_TYPE.unicast) return;
    const route = this.described(prefix, told);
    if (isHostRoute(route)) this.news.hostChanged(prefix.address);
    else if (isThere) {
      this.linked.set(key, { route, nexthopId });
      this.news.onLinkChanged();
    }
  }

  private kindOfObject(nexthopId: number): number {
    let kind = this.objectKinds.get(nexthopId);
    if (kind === undefined) {
      kind = this.kindOf(this.infoOf({ info: 0, nexthopId }));
      this.objectKinds.set(nexthopId, kind);
    }
    return kind;
  }

  /** Counts a route of a route info up or down; returns the info's kind. */
  private count(info: number, isThere: boolean): number {
    const before = this.counts[info] ?? 0;
    const after = before + (isThere ? 1 : -1);
    this.counts[info] = after;
    if (before === 0) {
      // The number may have been reused.
      this.kinds[info] = this.kindOf(this.infoOf({ info, nexthopId: 0 }));
      if (this.kinds[info] === BY_GATEWAY) {
        this.byGateway.add(info);
        this.gatewaysChanged();
      }
    }
    const kind = this.kinds[info] ?? UNKNOWN;
    if (after === 0 && this.byGateway.delete(info)) this.gatewaysChanged();
    return kind;
  }

  private kindOf({ hops }: RouteInfo): number {
    if (hops.length === 0) return NO_WAY;
    if (hops.some(({ gateway }) => gateway)) return BY_GATEWAY;
    return hops.length === 1 ? ON_LINK : NO_WAY;
  }
}
