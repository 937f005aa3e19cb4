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
 * What others have in this network namespace that says where packets go: their routes, their nexthop objects, and the
 * rules. Kept by the kernel's events, and compared with it from time to time, as it does not report every change.
 */
export class ForeignTables implements Pick<RoutingView, 'tables' | 'foreign' | 'infoOf'> {
  /** By family: IPv4, IPv6. */
  readonly routes: readonly [ForeignRoutes, ForeignRoutes];
  private rules: [readonly Rule[], readonly Rule[]] = [[], []];
  /** What these routes say of links and gateways. */
  readonly ways: ForeignWays;
  private nexthops = new Map<number, Nexthop>();
  /** The addresses that these routes name as their source. */
  readonly sources = new RouteSources();

  /** `table`: the table of our routes. `news` receives what these routes say of links and gateways. */
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

  /** A foreign route came or went. False where what is known may not be what is there: it is to be compared. */
  changed(bytes: Uint8Array, one: NetlinkMessage, route: RouteFields): boolean {
    const routes = this.routes[route.family === FAMILY.ipv4 ? 0 : 1];
    const info = this.infos.read(bytes, route);
    this.sources.note(bytes, route);
    return one.type === TYPE.newRoute
      ? routes.add(bytes, route, info, (one.flags & NLM_FLAG.replace) !== 0)
      : routes.remove(bytes, route, info);
  }

  /** A foreign route came by in a dump. */
  dumped(bytes: Uint8Array, route: RouteFields): void {
    this.sources.note(bytes, route);
    this.routes[route.family === FAMILY.ipv4 ? 0 : 1].dumped(bytes, route, this.infos.read(bytes, route));
  }

  /** A link was set down: the kernel drops the IPv4 routes that have no other, and tells nobody. */
  linkLost(index: number): void {
    const [ipv4] = this.routes;
    ipv4.purge((info, nexthopId) => {
      const { hops } = this.infoOf({ info, nexthopId });
      return hops.length > 0 && hops.every((hop) => hop.interface === index);
    });
  }

  /** Others' nexthop objects are exactly these. */
  found(nexthops: Iterable<Nexthop>): void {
    this.nexthops = new Map([...nexthops].map((nexthop) => [nexthop.id, nexthop]));
    if (this.isOnNexthops) this.ways.nexthopsChanged();
  }

  /** One of them came, or changed, or went. True where routes of others are on any. */
  nexthopChanged(nexthop: Nexthop, isThere: boolean): boolean {
    if (isThere) this.nexthops.set(nexthop.id, nexthop);
    else this.nexthops.delete(nexthop.id);
    if (this.isOnNexthops) this.ways.nexthopsChanged();
    return this.isOnNexthops;
  }

  private get isOnNexthops(): boolean {
    return this.routes.some((routes) => routes.nexthops().size > 0);
  }

  /** Reads the rules again. A kernel without rules has the plain order of tables. */
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
