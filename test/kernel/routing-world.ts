import { emptyRoute, ROUTE_TYPE, type RouteFields } from '../../lib/kernel/codec/route';
import { type RouteInfo, routeInfo } from '../../lib/kernel/codec/route-info';
import { ForeignRoutes } from '../../lib/kernel/fib/foreign/foreign-routes';
import { type OwnMatch, type RoutingView, resolve } from '../../lib/kernel/fib/resolution/resolution';
import { IpAddress } from '../../lib/model/address';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';

export const ip = (text: string) => sure(IpAddress.parse(text));
export const prefix = (text: string) => sure(Prefix.parse(text));
export const MAIN = 254;

/** A foreign route: to a prefix, over a gateway or (absent) on the link itself. */
export interface Foreign {
  readonly to: string;
  readonly via?: string;
  readonly link: number;
  readonly metric?: number;
  readonly type?: number;
  readonly table?: number;
}
export interface Own {
  readonly to: string;
  readonly via: readonly string[];
  readonly isDirect?: boolean;
}

/** Routes of one family as a kernel may have them. */
export class World {
  readonly foreign: ForeignRoutes;
  readonly infos: RouteInfo[];
  readonly own = new Map<string, OwnMatch & { readonly prefix: Prefix }>();
  readonly dead = new Set<number>();
  stops = [MAIN];

  /** `others`: the foreign routes are those of that world. */
  constructor(
    readonly octets: 4 | 16 = 4,
    others?: World,
  ) {
    this.foreign = others?.foreign ?? new ForeignRoutes(octets);
    this.infos = others?.infos ?? [routeInfo('other')];
  }

  put(route: Foreign, how: 'add' | 'remove' | 'dumped' = 'add', replaces = false): boolean {
    const { address, length } = prefix(route.to);
    const view: RouteFields = { ...emptyRoute(), length, destination: 0, table: route.table ?? MAIN };
    view.priority = route.metric ?? 0;
    view.type = route.type ?? ROUTE_TYPE.unicast;
    const key = JSON.stringify([route.via, route.link]);
    let number = this.infos.findIndex((one) => JSON.stringify([one.hops[0]?.gateway, one.hops[0]?.interface]) === key);
    if (number < 0) {
      const hop = { interface: route.link, weight: 1, onlink: false, ...(route.via && { gateway: ip(route.via) }) };
      number = this.infos.push(routeInfo(view.type === ROUTE_TYPE.unicast ? 'unicast' : 'other', [hop])) - 1;
    }
    if (how === 'dumped') this.foreign.dumped(address.bytes, view, number);
    else if (how === 'remove') return this.foreign.remove(address.bytes, view, number);
    else return this.foreign.add(address.bytes, view, number, replaces);
    return true;
  }

  want({ to, via, isDirect = false }: Own): void {
    const target = { via: via.map((hop) => ({ address: ip(hop), ...(isDirect && { isDirect }) })) };
    this.own.set(to, { prefix: prefix(to), length: prefix(to).length, leads: target });
  }

  get view(): RoutingView {
    const links = [1, 2, 3].map((index) => ({ index, name: `l${index}`, up: true, carrier: !this.dead.has(index) }));
    return {
      tables: () => ({ stops: this.stops.map((table) => ({ table, suppressed: -1 })), drops: false }),
      foreign: (address, table) => this.foreign.longest(address, table),
      own: (address, most) => {
        const host = Prefix.host(IpAddress.fromBytes(address));
        let longest: (OwnMatch & { readonly prefix: Prefix }) | undefined;
        for (const one of this.own.values())
          if (one.length <= most && (!longest || one.length > longest.length) && one.prefix.contains(host))
            longest = one;
        return longest;
      },
      table: MAIN,
      metric: 200,
      infoOf: (match) => this.infos[match.info],
      links: new Map(links.map((link) => [link.index, link])),
    };
  }

  /** Where packets to a next hop go, and through which prefixes of ours. */
  ways(address: string): string[] {
    const { ways, reason } = resolve(this.view, ip(address));
    if (ways.length === 0) return [reason];
    return ways.map(({ hops, through, metric, onLink, isDefault }) => {
      const to = hops.map(({ gateway, interface: link }) => `${gateway}%${link}`).join(' ');
      const marks = `${onLink ? ' on link' : ''}${isDefault ? ' default' : ''}`;
      return `${to} ${metric}${marks}${through.length > 0 ? ` through ${through.join(' ')}` : ''}`;
    });
  }
}
