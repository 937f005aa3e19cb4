/*
 * What the routes of others say of links and gateways, as {@link ForeignRoutes} has them: which prefixes are on a link,
 * and which gateways are in use. On the way of a dump of a million routes: for each a few numbers are looked at, and
 * nothing is made but for the few that stand on a link.
 */
import { IpAddress } from '../../../model/address';
import { Prefix } from '../../../model/prefix';
import { ROUTE_TYPE, TABLE } from '../../codec/route';
import type { RouteInfo } from '../../codec/route-info';
import { type ForeignRoute, isHostRoute } from '../withholding/foreign-route';
import type { OtherRoutes } from '../withholding/own-network';
import type { ForeignNews } from './foreign-news';
import type { ForeignEntry, ForeignMatch, ForeignRoutes } from './foreign-routes';

/** What a route info leads to. */
const UNKNOWN = 0;
const NO_WAY = 1;
const ON_LINK = 2;
const BY_GATEWAY = 3;

/** See the top of this file. */
export class ForeignWays implements OtherRoutes {
  /** By the number of a route info, how many routes have it, how many of them by it alone, and what it leads to. */
  private readonly held: number[] = [];
  private readonly counts: number[] = [];
  private readonly kinds: number[] = [];
  private readonly byGateway = new Set<number>();
  /** The same of nexthop objects, by their number. */
  private readonly objectKinds = new Map<number, number>();
  /** Those on a link that are no single hosts, by entry and family, and the nexthop object that they are on. */
  private readonly linked = new Map<number, { readonly route: ForeignRoute; readonly nexthopId: number }>();
  private known: readonly IpAddress[] | undefined;

  constructor(
    private readonly routes: readonly [ForeignRoutes, ForeignRoutes],
    private readonly infoOf: (of: Pick<ForeignMatch, 'info' | 'nexthopId'>) => RouteInfo,
    /** Where our routes stand. */
    private readonly table: number,
    private readonly news: ForeignNews,
  ) {
    for (const [family, one] of routes.entries())
      one.heard = (slot, entry, isThere) => this.heard(family, slot, entry, isThere);
  }

  *onLink(): Generator<ForeignRoute> {
    for (const { route } of this.linked.values()) yield route;
  }

  /** The same list as long as nothing changed. */
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

  /**
   * Whether a route of another writer in our table decides on all of a prefix: one that covers it and sends the look-up
   * on does not.
   */
  covers({ family, address, length }: Prefix): boolean {
    const routes = this.routes[family === 'ipv4' ? 0 : 1];
    for (let bits = length; bits >= 0; bits--) {
      const match = routes.at(address.bytes, bits, this.table);
      if (match) return bits === length || match.type !== ROUTE_TYPE.throw;
    }
    return false;
  }

  /** Whether some route has a route info, by its number. */
  has(info: number): boolean {
    return (this.held[info] ?? 0) > 0;
  }

  /**
   * Nexthop objects of others are others, or lead elsewhere. Routes whose object has no gateway any more are seen to be
   * on a link when they come by again.
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
    // The first route on an object, or the last one, is the only one that changes which gateways are in use.
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

  /** One route more, or less, has a route info; what that leads to. */
  private count(info: number, isThere: boolean): number {
    const before = this.counts[info] ?? 0;
    const after = before + (isThere ? 1 : -1);
    this.counts[info] = after;
    if (before === 0) {
      // The number may have stood for another one before.
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
