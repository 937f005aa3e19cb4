import type { Prefix } from '../../model/prefix';
import { dropRoutesOf } from '../codec/filter';
import { type NetlinkMessage, NLM_FLAG, TYPE } from '../codec/header';
import { addressRequest, decodeInterfaceAddress, type InterfaceAddress } from '../codec/interface-address';
import { decodeLink, type Link, linkRequest } from '../codec/link';
import { decodeNexthop, type Nexthop, nexthopDumpRequest } from '../codec/nexthop';
import { emptyRoute, FAMILY, ROUTE_FLAG, ROUTE_TYPE, readMultipath, readRoute } from '../codec/route';
import { OWN_PROTOCOL } from '../codec/route-protocol';
import { routeDumpRequest } from '../codec/route-request';
import { RouteSources } from '../fib/foreign/route-sources';
import { Pace } from '../fib/state/pace';
import { type KernelLog, silent } from '../log';
import { type EventFeed, NETLINK, type NetlinkDriver } from '../netlink/driver';
import type { DumpRequest } from '../netlink/dump';
import { KernelError } from '../system/error';
import { AdvertisedRouters, isAdvertisedDefault } from './advertised-routers';
import { NexthopBook } from './nexthop-book';
import { type CandidateRoute, prefixAt, RouteBook, selects, type WorkloadSelector } from './route-book';

export type { InterfaceAddress } from '../codec/interface-address';
export type { Link } from '../codec/link';
export type { WorkloadSelector } from './route-book';

/** Changes are reported in the turn of the event loop in which the kernel reports them. */
interface WatchEvents {
  /** A workload route appeared, with the name of its interface; called again if that changes. */
  readonly appeared?: (prefix: Prefix, link: string | undefined) => void;
  /** The last workload route to a prefix is gone. */
  readonly disappeared?: (prefix: Prefix) => void;
  /** A link was added, removed (`present` false), or changed its name, state or carrier. */
  readonly link?: (link: Link, present: boolean) => void;
  /** An address was added, removed (`present` false), or changed its flags. */
  readonly address?: (address: InterfaceAddress, present: boolean) => void;
}

export interface WatchOptions extends WatchEvents {
  /** Table of workload routes. Default: 254, the main table. */
  readonly table?: number;
  /** Routes of this protocol are our own, never a workload's. Default: 114. */
  readonly protocol?: number;
  /** Default: none. */
  readonly workloads?: WorkloadSelector;
  readonly log?: KernelLog;
}

const RESYNC_DELAY = 50;
/** Fields of a link whose changes are reported. */
const REPORTED = ['name', 'up', 'carrier', 'linkLayer', 'mtu'] as const;

/**
 * The links, addresses and workload routes of this network namespace: the current ones, then every change. Nothing is
 * polled.
 */
export class Watch {
  private readonly book: RouteBook;
  private readonly byIndex = new Map<number, Link>();
  private readonly byAddress = new Map<string, InterfaceAddress>();
  private readonly nexthops = new NexthopBook();
  private readonly sources = new RouteSources();
  private readonly routers = new AdvertisedRouters();
  /** Whether a foreign route has been on a nexthop object. */
  private hasNexthops = false;
  private readonly route = emptyRoute();
  private readonly defaultTables: readonly number[];
  private readonly protocol: number;
  private readonly log: KernelLog;
  private selector: WorkloadSelector;
  private monitor!: EventFeed;
  private resyncs: Promise<KernelError | undefined> = Promise.resolve(undefined);
  private timer: NodeJS.Timeout | undefined;
  private readonly pace = new Pace();
  private closed = false;

  private constructor(
    private readonly options: WatchOptions,
    private readonly driver: NetlinkDriver,
  ) {
    this.defaultTables = [options.table ?? 254];
    this.protocol = options.protocol ?? OWN_PROTOCOL;
    this.log = options.log ?? silent;
    this.selector = options.workloads ?? {};
    this.book = new RouteBook(
      (prefix, link) => options.appeared?.(prefix, this.byIndex.get(link)?.name),
      (prefix) => options.disappeared?.(prefix),
    );
  }

  /** Resolves when the current state has been reported. `driver` is replaced in tests. */
  static async open(options: WatchOptions = {}, driver: NetlinkDriver = NETLINK): Promise<Watch | KernelError> {
    const watch = new Watch(options, driver);
    const monitor = driver.monitor(
      dropRoutesOf(watch.protocol),
      { message: (bytes, one) => watch.event(bytes, one), lost: () => watch.compare() },
      watch.log,
    );
    if (monitor instanceof KernelError) return monitor;
    watch.monitor = monitor;
    const failed = await watch.resync();
    if (failed) watch.close();
    return failed ?? watch;
  }

  links(): readonly Link[] {
    return [...this.byIndex.values()];
  }

  addresses(): readonly InterfaceAddress[] {
    return [...this.byAddress.values()];
  }

  /** The prefixes of the current workload routes. */
  workloads(): readonly Prefix[] {
    return this.book.prefixes();
  }

  /** Whether a default route learned from a router advertisement leads over an interface. */
  hasAdvertisedDefault(index: number): boolean {
    return this.routers.isOn(index);
  }

  /** Changes the selection; resolves when the difference has been reported. */
  async select(workloads: WorkloadSelector): Promise<KernelError | undefined> {
    this.selector = workloads;
    return this.resync();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.monitor.close();
  }

  /** Compares with the kernel, one comparison at a time. */
  private resync(): Promise<KernelError | undefined> {
    this.resyncs = this.resyncs.then(() => (this.closed ? undefined : this.dumpAll()));
    return this.resyncs;
  }

  private async dumpAll(): Promise<KernelError | undefined> {
    const links = new Set<number>();
    const addresses = new Set<string>();
    const one = (what: string, type: number, payload: Uint8Array, more: Pick<DumpRequest, 'visit' | 'begin'>) =>
      this.driver.dump({ what, type, payload, ...more });
    const failed =
      (await one('links', TYPE.getLink, linkRequest(), {
        visit: (bytes, message) => links.add(this.linkChanged(bytes, message) ?? 0),
      })) ??
      (await one('addresses', TYPE.getAddress, addressRequest(), {
        visit: (bytes, message) => addresses.add(this.addressChanged(bytes, message) ?? ''),
      }));
    if (failed) return failed;
    const objects: Nexthop[] = [];
    const unread = await one('nexthop objects', TYPE.getNexthop, nexthopDumpRequest(), {
      begin: () => objects.splice(0),
      visit: (bytes, { start, end }) => {
        const object = decodeNexthop(bytes, start, end);
        if (object && object.protocol !== this.protocol) objects.push(object);
      },
    });
    if (!unread) this.nexthops.replace(objects); // a kernel without them has no route on any
    for (const link of this.links()) if (!links.has(link.index)) this.linkGone(link);
    for (const [key, address] of this.byAddress) if (!addresses.has(key)) this.addressGone(key, address);
    this.book.beginDump();
    this.routers.beginDump();
    for (const table of this.tables)
      for (const family of [FAMILY.ipv4, FAMILY.ipv6]) {
        const error = await one('routes', TYPE.getRoute, routeDumpRequest(family, table, 0), {
          visit: (bytes, message) => this.routeChanged(bytes, message),
        });
        if (error) return error;
      }
    this.book.endDump();
    this.routers.endDump();
    return undefined;
  }

  private get tables(): readonly number[] {
    return this.selector.tables ?? this.defaultTables;
  }

  private event(bytes: Uint8Array, message: NetlinkMessage): void {
    switch (message.type) {
      case TYPE.newLink:
      case TYPE.delLink:
        this.linkChanged(bytes, message);
        break;
      case TYPE.newAddress:
      case TYPE.delAddress:
        this.addressChanged(bytes, message);
        break;
      case TYPE.newNexthop:
      case TYPE.delNexthop:
        this.nexthopChanged(bytes, message);
        break;
      case TYPE.newRoute:
      case TYPE.delRoute:
        this.routeChanged(bytes, message);
    }
  }

  private routeChanged(bytes: Uint8Array, message: NetlinkMessage): void {
    const { route } = this;
    if (message.type !== TYPE.newRoute && message.type !== TYPE.delRoute) return;
    if (!readRoute(bytes, message.start, message.end, route)) return;
    if (!this.tables.includes(route.table) || route.protocol === this.protocol) return;
    if (route.type !== ROUTE_TYPE.unicast || (route.flags & ROUTE_FLAG.cloned) !== 0) return;
    if (route.family !== FAMILY.ipv4 && route.family !== FAMILY.ipv6) return;
    if (isAdvertisedDefault(route)) this.routers.note(bytes, route, message.type === TYPE.newRoute);
    const octets = route.family === FAMILY.ipv4 ? 4 : 16;
    this.sources.note(bytes, route);
    const foreign: CandidateRoute = {
      prefix: prefixAt(bytes, route.destination, octets, route.length),
      protocol: route.protocol,
      metric: route.priority,
      interface: this.interfaceOf(bytes),
      nexthopId: route.nexthopId,
    };
    if (route.nexthopId !== 0) this.hasNexthops = true;
    if (message.type === TYPE.delRoute) {
      this.book.remove(foreign);
      return;
    }
    const selected = selects(this.selector, foreign, this.byIndex.get(foreign.interface)?.name);
    // A route that replaces another is only recognisable by this flag; no deletion is reported.
    if ((message.flags & NLM_FLAG.multi) !== 0) {
      if (selected) this.book.dumped(foreign);
    } else if ((message.flags & NLM_FLAG.replace) !== 0) this.book.replace(foreign, selected);
    else if (selected) this.book.add(foreign);
  }

  /** The output interface; with several hops, only if all use the same. */
  private interfaceOf(bytes: Uint8Array): number {
    const { multipath, multipathEnd, outputInterface, nexthopId } = this.route;
    if (nexthopId !== 0) return this.nexthops.interfaceOf(nexthopId);
    if (multipath < 0) return outputInterface;
    const [first, ...more] = readMultipath(bytes, multipath, multipathEnd) ?? [];
    return first && more.every((hop) => hop.interface === first.interface) ? first.interface : 0;
  }

  /**
   * Routes are deleted with their object; if its interface changes, they may count now, or no longer, without an event.
   */
  private nexthopChanged(bytes: Uint8Array, message: NetlinkMessage): void {
    const object = decodeNexthop(bytes, message.start, message.end);
    if (!object || object.protocol === this.protocol) return;
    if (message.type === TYPE.delNexthop) {
      this.nexthops.delete(object.id);
      if (this.hasNexthops) this.book.nexthopsGone([object.id]);
    } else if (this.nexthops.set(object) && this.hasNexthops) this.compare();
  }

  private linkChanged(bytes: Uint8Array, message: NetlinkMessage): number | undefined {
    const link = decodeLink(bytes, message.start, message.end);
    if (!link || bytes[message.start] !== 0) return undefined; // AF_UNSPEC: not a bridge port message
    if (message.type === TYPE.delLink) {
      this.linkGone(link);
      return link.index;
    }
    const before = this.byIndex.get(link.index);
    this.byIndex.set(link.index, link);
    // A dump may show that a link is lost before the kernel has deleted what was on it, and then still shows that as
    // well. The event follows the deletion, so it counts even if the loss itself is already known.
    if ((message.flags & NLM_FLAG.multi) === 0) this.lost(link);
    if (before && REPORTED.every((field) => before[field] === link[field])) return link.index;
    if (before && before.name !== link.name) this.compare(); // patterns may match it now, or no longer
    this.options.link?.(link, true);
    return link.index;
  }

  private linkGone(link: Link): void {
    if (!this.byIndex.delete(link.index)) return;
    this.book.linkLost(link.index);
    this.routers.linkLost(link.index);
    this.nexthopsLost(link.index);
    this.options.link?.({ ...link, up: false, carrier: false }, false);
  }

  /** With a link that is down, or has no carrier, the kernel silently deletes what is on it. */
  private lost({ index, up, carrier }: Link): void {
    if (!up) {
      this.book.linkLost(index);
      this.routers.linkLost(index);
    }
    if (!up || !carrier) this.nexthopsLost(index);
  }

  private nexthopsLost(index: number): void {
    const gone = this.nexthops.linkLost(index);
    if (gone.length > 0 && this.hasNexthops) this.book.nexthopsGone(gone);
  }

  private addressChanged(bytes: Uint8Array, message: NetlinkMessage): string | undefined {
    const address = decodeInterfaceAddress(bytes, message.start, message.end);
    if (!address) return undefined;
    const key = `${address.address}/${address.length}%${address.interface}`;
    if (message.type === TYPE.delAddress) {
      this.addressGone(key, address);
      if (address.address.family === 'ipv4') {
        // With the last IPv4 address of an interface the kernel silently deletes the interface's routes, and any that
        // use the address as source.
        if (!this.hasIpv4(address.interface)) this.book.linkLost(address.interface);
        if (this.sources.has(address.address)) this.compare();
      }
    } else {
      const before = this.byAddress.get(key);
      this.byAddress.set(key, address);
      if (before?.flags !== address.flags) this.options.address?.(address, true);
    }
    return key;
  }

  private hasIpv4(index: number): boolean {
    for (const one of this.byAddress.values())
      if (one.interface === index && one.address.family === 'ipv4') return true;
    return false;
  }

  private addressGone(key: string, address: InterfaceAddress): void {
    if (this.byAddress.delete(key)) this.options.address?.(address, false);
  }

  /** Schedules a comparison, once for many events and not too often. */
  private compare(): void {
    if (this.timer || this.closed) return;
    this.timer = setTimeout(
      async () => {
        this.timer = undefined;
        const start = performance.now();
        const error = await this.resync();
        this.pace.done(performance.now(), performance.now() - start);
        if (error) this.log('error', String(error));
      },
      Math.max(RESYNC_DELAY, this.pace.wait(performance.now())),
    );
  }
}
