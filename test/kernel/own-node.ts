import type { Link } from '../../lib/kernel/codec/link';
import { emptyRoute, ROUTE_TYPE, type RouteFields } from '../../lib/kernel/codec/route';
import { type RouteInfo, routeInfo } from '../../lib/kernel/codec/route-info';
import { ForeignRoutes } from '../../lib/kernel/fib/foreign/foreign-routes';
import { ForeignWays } from '../../lib/kernel/fib/foreign/foreign-ways';
import type { NexthopSet } from '../../lib/kernel/fib/state/nexthop-set';
import type { ForeignRoute } from '../../lib/kernel/fib/withholding/foreign-route';
import { OwnNetwork } from '../../lib/kernel/fib/withholding/own-network';
import { ip, MAIN, prefix } from './routing-world';

const KERNEL = 2;

/** What a test says of a route of somebody else; what it does not say is as the kernel has the subnet of `eth0`. */
export type Said = Partial<Omit<ForeignRoute, 'prefix'>> & {
  readonly isThere?: boolean;
  readonly replaces?: boolean;
  readonly type?: number;
};

/** A node with its addresses, links and the routes of others, as the kernel's events tell of them. */
export class OwnNode {
  readonly links = new Map<number, Link>([
    [1, { index: 1, name: 'lo', up: true, carrier: true }],
    [2, { index: 2, name: 'eth0', up: true, carrier: true }],
    [3, { index: 3, name: 'eth1', up: true, carrier: true }],
  ]);
  readonly routes = [new ForeignRoutes(4), new ForeignRoutes(16)] as const;
  private readonly infos: RouteInfo[] = [routeInfo('other')];
  private readonly numbers = new Map<string, number>();
  readonly network: OwnNetwork;

  /** `table`: where our routes stand. */
  constructor(table = MAIN) {
    this.network = new OwnNetwork(this.links, table, () => ways);
    const ways = new ForeignWays(this.routes, ({ info: n }) => this.infos[n], table, this.network);
  }

  address(text: string, link = 2, isThere = true): this {
    const [address, length] = text.split('/');
    this.network.addressChanged({ address: ip(address), length: Number(length), interface: link }, isThere);
    return this;
  }

  route(text: string, { isThere = true, replaces = false, ...said }: Said = {}): this {
    const [bytes, view, number, routes] = this.read(text, said);
    if (isThere) routes.add(bytes, view, number, replaces);
    else routes.remove(bytes, view, number);
    return this;
  }

  /** All routes there are, and no others. */
  dump(...all: readonly (readonly [string, Said?])[]): this {
    for (const routes of this.routes) routes.beginDump();
    for (const [text, said = {}] of all) {
      const [bytes, view, number, routes] = this.read(text, said);
      routes.dumped(bytes, view, number);
    }
    for (const routes of this.routes) routes.endDump();
    return this;
  }

  link(index: number, up: boolean, carrier: boolean): this {
    const before = this.links.get(index)!;
    this.links.set(index, { ...before, up, carrier });
    this.network.linkChanged(index);
    // With a link that is set down its IPv4 routes go, and nobody says so.
    if (before.up && !up)
      this.routes[0].purge((number) => {
        const { hops } = this.infos[number];
        return hops.length > 0 && hops.every((hop) => hop.interface === index);
      });
    return this;
  }

  neighbours(...addresses: string[]): this {
    this.network.setNeighbours(addresses.map(ip));
    return this;
  }

  /** Why a route is not written. */
  why(text: string, target: NexthopSet): string | undefined {
    if (typeof target === 'string') this.network.watch(prefix(text));
    this.network.settle();
    return this.verdict(text, target);
  }

  /** The same as of the last time that news were taken in. */
  verdict(text: string, target: NexthopSet): string | undefined {
    const { family, address, length } = prefix(text);
    const octets = new DataView(address.bytes.slice().buffer);
    const words = Int32Array.from({ length: octets.byteLength / 4 }, (_, i) => octets.getInt32(4 * i));
    return this.network.withholding.reason(family, words, length, target);
  }

  private read(text: string, said: Said): [Uint8Array, RouteFields, number, ForeignRoutes] {
    const { protocol = KERNEL, metric = 0, interface: link = 2, gateways = [], table = MAIN, type } = said;
    const { address, length, family } = prefix(text);
    const hops = (gateways.length === 0 ? [undefined] : gateways).map((gateway) => ({
      ...{ interface: link, weight: 1, onlink: false },
      ...(gateway && { gateway }),
    }));
    const view: RouteFields = { ...emptyRoute(), length, destination: 0, table, protocol, priority: metric };
    view.type = type ?? ROUTE_TYPE.unicast;
    const wanted = routeInfo(view.type === ROUTE_TYPE.unicast ? 'unicast' : 'other', hops);
    const key = JSON.stringify(wanted);
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.infos.push(wanted) - 1;
      this.numbers.set(key, number);
    }
    return [address.bytes, view, number, this.routes[family === 'ipv4' ? 0 : 1]];
  }
}
