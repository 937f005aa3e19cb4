import type { PrefixHash } from '../../model/prefix-hash';
import { type NetlinkMessage, NLM_FLAG, TYPE } from '../codec/header';
import type { Nexthop } from '../codec/nexthop';
import { FAMILY, type RouteFields } from '../codec/route';
import type { Hop, RouteInfo } from '../codec/route-info';
import { decodeRule, type Rule, ruleDumpRequest } from '../codec/rule';
import type { NetlinkDriver } from '../netlink/driver';
import type { KernelError } from '../system/error';
import type { ForeignNews } from './foreign/foreign-news';
import { type ForeignMatch, ForeignRoutes } from './foreign/foreign-routes';
import { ForeignWays } from './foreign/foreign-ways';
import { RouteSources } from './foreign/route-sources';
import type { RoutingView } from './resolution/resolution';
import { tablesFor } from './resolution/rules';
import type { NexthopSets } from './state/nexthop-sets';
import type { RouteInfoCache } from './state/route-info-cache';

const OTHER: RouteInfo = { type: 'other', hops: [] };

/**
 * Foreign routes, nexthop objects and rules of this network namespace. Updated by the kernel's events, and compared
 * with the kernel periodically, as it does not report every change.
 */
export class ForeignTables implements Pick<RoutingView, 'tables' | 'foreign' | 'infoOf'> {
  /** By family: IPv4, IPv6. */
  readonly routes: readonly [ForeignRoutes, ForeignRoutes];
  private rules: [readonly Rule[], readonly Rule[]] = [[], []];
  /** The on-link prefixes and gateways of these routes. */
  readonly ways: ForeignWays;
  private nexthops = new Map<number, Nexthop>();
  /** The source addresses of these routes. */
  readonly sources = new RouteSources();

  /** `table`: the table of our routes. `news` is notified of changes to on-link prefixes and gateways. */
  constructor(
    private readonly infos: RouteInfoCache,
    private readonly nexthopSets: NexthopSets,
    table: number,
    news: ForeignNews,
    hashes?: PrefixHash,
  ) {
    this.routes = [new ForeignRoutes(4, hashes), new ForeignRoutes(16, hashes)];
    this.ways = new ForeignWays(this.routes, this.infoOf, table, news);
  }

  tables = (address: Uint8Array): ReturnType<RoutingView['tables']> =>
    tablesFor(this.rules[address.length === 4 ? 0 : 1], address);

  foreign = (address: Uint8Array, table: number): ForeignMatch | undefined =>
    this.routes[address.length === 4 ? 0 : 1].longest(address, table);

  infoOf = ({ info, nexthopId }: Pick<ForeignMatch, 'info' | 'nexthopId'>): RouteInfo => {
    if (nexthopId === 0) return this.nexthopSets.infos.get(info);
    const nexthop = this.nexthops.get(nexthopId);
    const members = nexthop?.group?.map(({ id }) => this.nexthops.get(id)) ?? [nexthop];
    const hops = members.flatMap((member) => (member ? hopOf(member) : []));
    return hops.length === 0 ? OTHER : { type: 'unicast', hops };
  };

  /** A foreign route was added or deleted. False if the known state may be wrong, and a comparison is needed. */
  changed(bytes: Uint8Array, one: NetlinkMessage, route: RouteFields): boolean {
    const routes = this.routes[route.family === FAMILY.ipv4 ? 0 : 1];
    const info = this.infos.read(bytes, route);
    this.sources.note(bytes, route);
    return one.type === TYPE.newRoute
      ? routes.add(bytes, route, info, (one.flags & NLM_FLAG.replace) !== 0)
      : routes.remove(bytes, route, info);
  }

  /** A foreign route was seen in a dump. */
  dumped(bytes: Uint8Array, route: RouteFields): void {
    this.sources.note(bytes, route);
    this.routes[route.family === FAMILY.ipv4 ? 0 : 1].dumped(bytes, route, this.infos.read(bytes, route));
  }

  /** A link was set down: the kernel silently deletes the IPv4 routes that have no other. */
  linkLost(index: number): void {
    const [ipv4] = this.routes;
    ipv4.purge((info, nexthopId) => {
      const { hops } = this.infoOf({ info, nexthopId });
      return hops.length > 0 && hops.every((hop) => hop.interface === index);
    });
  }

  /** Replaces the known foreign nexthop objects. */
  found(nexthops: Iterable<Nexthop>): void {
    this.nexthops = new Map([...nexthops].map((nexthop) => [nexthop.id, nexthop]));
    if (this.isOnNexthops) this.ways.nexthopsChanged();
  }

  /** A foreign nexthop object was added, changed or deleted. True if foreign routes use any. */
  nexthopChanged(nexthop: Nexthop, isThere: boolean): boolean {
    if (isThere) this.nexthops.set(nexthop.id, nexthop);
    else this.nexthops.delete(nexthop.id);
    if (this.isOnNexthops) this.ways.nexthopsChanged();
    return this.isOnNexthops;
  }

  private get isOnNexthops(): boolean {
    return this.routes.some((routes) => routes.nexthops().size > 0);
  }

  /** Reads the rules again. A kernel without rules has the default order of tables. */
  async readRules(dump: NetlinkDriver['dump']): Promise<KernelError | undefined> {
    for (const family of [0, 1] as const) {
      let rules: Rule[] = [];
      const error = await dump({
        what: 'rules',
        type: TYPE.getRule,
        payload: ruleDumpRequest(family === 0 ? FAMILY.ipv4 : FAMILY.ipv6),
        begin: () => {
          rules = [];
        },
        visit: (bytes, one) => {
          const rule = decodeRule(bytes, one.start, one.end);
          if (rule) rules.push(rule);
        },
      });
      if (error && error.code !== 'EOPNOTSUPP' && error.code !== 'EAFNOSUPPORT') return error;
      this.rules[family] = rules.sort((a, b) => a.priority - b.priority);
    }
    return undefined;
  }
}

function hopOf({ interface: index, gateway, onlink = false, blackhole }: Nexthop): Hop[] {
  if (index === undefined || blackhole) return [];
  return [{ interface: index, ...(gateway && { gateway }), weight: 1, onlink }];
}
