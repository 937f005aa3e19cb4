import { randomInt } from 'node:crypto';
import type { AddressFamily, IpAddress } from '../../model/address';
import { assert, isChecking } from '../../model/assertion';
import type { HashKey } from '../../model/keyed-hash';
import type { Prefix } from '../../model/prefix';
import { PrefixHash } from '../../model/prefix-hash';
import { dropCausedBy } from '../codec/filter';
import { TYPE } from '../codec/header';
import { linkRequest } from '../codec/link';
import { OWN_PROTOCOL } from '../codec/route-protocol';
import type { RouteOwner } from '../codec/route-request';
import { type KernelLog, silent } from '../log';
import { type EventFeed, NETLINK, type NetlinkDriver, type Requests } from '../netlink/driver';
import { KernelError } from '../system/error';
import { Admission, type LinkSubnets } from './admission';
import { FibComparison, PERIOD } from './comparison';
import type { FibFinding } from './drift';
import { FibEvents } from './events';
import { Leftovers } from './leftovers';
import { hasNexthopObjects, takeStock } from './nexthop-stock';
import { NexthopTracking } from './nexthop-tracking';
import { Occupants } from './occupants';
import { type FibParts, makeParts } from './parts';
import { Refusals } from './refusals';
import type { NextHopReach } from './resolution/reach';
import { FAMILY_INDEXES, type FamilyIndex } from './state/family';
import type { Item } from './state/item';
import type { NexthopSet, Reason } from './state/nexthop-set';
import { type FibStatus, fibStatus } from './status';
import { prefixOfWords } from './withholding/withholding';

export type { NextHopReach } from './resolution/reach';
export type { NexthopSet } from './state/nexthop-set';

/** How our routes are marked in the kernel, and their table. */
export interface FibOptions {
  /** Default 254, the main table. */
  readonly table?: number;
  /** Default 200. Never 0: our routes would collide with those written without a metric. */
  readonly metric?: number;
  /** Default 114. */
  readonly protocol?: number;
  /** False: each route contains its hops itself. Default true. */
  readonly nexthopObjects?: boolean;
  /** Next hops without an interface became reachable or unreachable, or their cost changed; all changes at once. */
  readonly nextHops?: (changes: readonly NextHopReach[]) => void;
  /** The subnets of links with carrier have changed: see {@link Fib.subnets}. */
  readonly links?: (subnets: LinkSubnets) => void;
  /**
   * What others did to our routes, one sentence for each burst, and that it is repaired. Default: a warning in the log.
   */
  readonly disturbed?: (message: string) => void;
  readonly log?: KernelLog;
  /** Key of every hash over prefixes and gateways, which neighbours choose. Default: a random secret. */
  readonly hashKey?: HashKey;
}

/**
 * The kernel's routing table, kept equal to what is wanted. Our routes carry our protocol number and metric; no other
 * route is ever changed. On exit the routes stay (fail-static), and the next run adopts them.
 */
export class Fib {
  private readonly parts: FibParts;
  private readonly admission: Admission;
  private readonly tracking: NexthopTracking;
  private readonly events: FibEvents;
  private readonly comparison: FibComparison;
  private readonly leftovers: Leftovers;
  private readonly occupants: Occupants;
  private readonly refusals: Refusals;
  private monitor!: EventFeed;

  private constructor(
    owner: RouteOwner,
    private readonly driver: NetlinkDriver,
    private readonly socket: Requests,
    private readonly lookups: Requests,
    private readonly log: KernelLog,
    hasObjects: boolean,
    hashKey: HashKey,
    { nextHops, links, disturbed = (message) => log('warn', message) }: FibOptions,
  ) {
    const compare = () => this.resync();
    this.parts = makeParts({
      ...{ owner, log, socket, lookups, hasObjects, hashKey, dump: driver.dump },
      tellDisturbed: disturbed,
      look: () => this.look(),
      idle: () => this.parts.agenda.quiet(),
      occupied: (item) => this.occupants.ask(item),
      refused: (item, failure) => this.refusals.routeRefused(item, failure),
      groupRefused: (nexthopSets, reason) => this.refusals.groupRefused(nexthopSets, reason),
      jobs: {
        periodic: compare,
        resync: compare,
        inspect: () => this.parts.agenda.run(() => this.occupants.inspect()),
        rules: () => this.parts.agenda.run(() => this.readRules()),
        resolve: () => this.tracking.resolveAgain(),
        nextHops: () => this.tracking.tellNews(false),
        lostNextHops: () => this.tracking.tellNews(true),
        release: () => this.tracking.release(),
        ownNetwork: () => this.admission.update(),
      },
    });
    const wishes = {
      set: (prefix: Prefix, target: NexthopSet) => this.set(prefix, target),
      remove: (prefix: Prefix) => this.remove(prefix),
    };
    this.admission = new Admission(this.parts, wishes, links, new PrefixHash(hashKey));
    this.tracking = new NexthopTracking(this.parts, nextHops);
    this.events = new FibEvents(this.parts);
    this.comparison = new FibComparison(this.parts, this.admission, this.events.links, disturbed);
    this.leftovers = new Leftovers(this.parts);
    this.occupants = new Occupants(this.parts);
    this.refusals = new Refusals(this.parts);
  }

  /** Opens the kernel's table and adopts the leftovers of the previous run. `driver` is replaced in tests. */
  static async open(options: FibOptions = {}, driver: NetlinkDriver = NETLINK): Promise<Fib | KernelError> {
    const {
      table = 254,
      metric = 200,
      protocol = OWN_PROTOCOL,
      log = silent,
      nexthopObjects = true,
      hashKey = [randomInt(2 ** 32), randomInt(2 ** 32)],
    } = options;
    const socket = driver.open();
    if (socket instanceof KernelError) return socket;
    const lookups = driver.open();
    if (lookups instanceof KernelError) {
      socket.close();
      return lookups;
    }
    const hasObjects = nexthopObjects && (await hasNexthopObjects(driver, log));
    const fib = new Fib({ table, metric, protocol }, driver, socket, lookups, log, hasObjects, hashKey, options);
    const failed = await fib.parts.agenda.run(() => fib.start());
    if (failed) await fib.close();
    fib.admission.open();
    return failed ?? fib;
  }

  /** Adds or replaces a route; the last call for a prefix counts. */
  set(prefix: Prefix, target: NexthopSet): void {
    this.setOctets(prefix.address.bytes, prefix.length, target);
  }

  /** Removes the route to this prefix. */
  remove(prefix: Prefix): void {
    this.setOctets(prefix.address.bytes, prefix.length, undefined);
  }

  /**
   * Bulk form of {@link set} and (without a target) {@link remove}: the prefix is `length` bits of 4 or 16 octets, with
   * the bits beyond them zero. Use the same target object for all routes that share it.
   */
  setOctets(address: Uint8Array, length: number, target: NexthopSet | undefined): void {
    const family = address.length === 4 ? 0 : 1;
    this.parts.reconciler.tables[family].prefixes.load(address, 0);
    this.setLoaded(family, length, target);
  }

  /**
   * The same for an address that `load` writes as 32-bit words, most significant first: one for IPv4, four for IPv6.
   */
  setWords(
    family: AddressFamily,
    load: (into: Int32Array) => void,
    length: number,
    target: NexthopSet | undefined,
  ): void {
    const number = family === 'ipv4' ? 0 : 1;
    load(this.parts.reconciler.tables[number].prefixes.key);
    this.setLoaded(number, length, target);
  }

  /** The subnets of this node's links with carrier, with the names of those links. */
  get subnets(): LinkSubnets {
    return this.admission.subnets;
  }

  /** Sets the addresses of BGP neighbours: routes that they send never change how an on-link neighbour is reached. */
  setNeighbours(addresses: readonly IpAddress[]): void {
    this.admission.setNeighbours(addresses);
  }

  /** Why a wanted route is not written; undefined if it is written, or not wanted. */
  withheldReason(prefix: Prefix): Reason | undefined {
    return this.admission.reason(prefix);
  }

  /** Resolves when no work is outstanding; routes that the kernel refused are retried later and not waited for. */
  settled(): Promise<void> {
    return this.parts.agenda.settled();
  }

  /** All wanted routes have been set: leftovers of the previous run that are not among them are removed. */
  reconciled(): void {
    const { nexthopSets, resolver, agenda, writer } = this.parts;
    this.leftovers.sweep(this.socket);
    nexthopSets.endGrace();
    resolver.forget(); // leftovers had next hops, too
    agenda.later('resolve', 0);
    writer.schedule();
  }

  /** Compares with the kernel and repairs the differences. */
  async resync(): Promise<void> {
    await this.comparison.compare();
  }

  /** As {@link resync}; returns what was found, once it is repaired. */
  async check(): Promise<FibFinding | KernelError> {
    const found = await this.comparison.compare();
    await this.settled();
    return found;
  }

  /** Removes every route of ours, including leftovers. */
  async flush(): Promise<void> {
    const { reconciler } = this.parts;
    this.admission.clear();
    for (const family of FAMILY_INDEXES) {
      const table = reconciler.tables[family];
      table.each((slot) => {
        reconciler.retarget(table.wanted(slot), 0, 0);
        if (table.want(slot, 0)) reconciler.enqueue(family, slot);
        else this.drop(slot * 2 + family);
      });
    }
    this.reconciled();
    await this.settled();
  }

  status(): FibStatus {
    return fibStatus(this.parts, this.admission, this.tracking, this.leftovers.strayCount);
  }

  /** The reachability of every next hop that was asked for. */
  reaches(): readonly NextHopReach[] {
    return this.parts.resolver.reaches();
  }

  /**
   * Returns how these next hops are reached now; from then on `nextHops` is called when one of them changes, whether or
   * not a route uses it.
   */
  track(addresses: readonly IpAddress[]): readonly NextHopReach[] {
    this.monitor.drain();
    return this.tracking.track(addresses);
  }

  /** Ends {@link track} for these addresses. */
  untrack(addresses: readonly IpAddress[]): void {
    this.tracking.untrack(addresses);
  }

  /** Stops; the routes stay. */
  async close(): Promise<void> {
    const { agenda, disturbances, writer } = this.parts;
    agenda.close();
    disturbances.close();
    await writer.close();
    this.monitor?.close();
    this.socket.close();
    this.lookups.close();
    agenda.tell();
  }

  private setLoaded(family: FamilyIndex, length: number, wanted: NexthopSet | undefined): void {
    const { reconciler, nexthopSets, network, own, resolver, agenda } = this.parts;
    const table = reconciler.tables[family];
    const { key } = table.prefixes;
    const target = this.admission.admit(family, key, length, wanted);
    const number = target === undefined ? 0 : nexthopSets.intern(target);
    const slot = number === 0 ? table.prefixes.find(length) : table.slot(length);
    if (slot < 0) return;
    const before = table.wanted(slot);
    if (before === number && number !== 0) return;
    if (typeof wanted !== 'string' && this.isVoid(before)) network.unwatch(prefixOfWords(key, length));
    own.note(family, length);
    this.routeChanged(family, key, length);
    const { asked } = resolver;
    reconciler.retarget(before, number, table.installed(slot));
    const item = slot * 2 + family;
    reconciler.forgive(item);
    const isDue = table.want(slot, number);
    // Look-ups for this target were made with the previous route in place.
    if (resolver.asked !== asked) this.routeChanged(family, table.prefixes.keyOf(slot), length);
    if (resolver.hasNews) agenda.later('nextHops', 0);
    if (isDue) reconciler.enqueue(family, slot);
    else if (number === 0) this.drop(item);
  }

  /** A route of ours changed, which may be one that next hops depend on. */
  private routeChanged(family: FamilyIndex, key: Int32Array, length: number): void {
    if (this.parts.resolver.forgetIn(family, key, length)) this.parts.agenda.later('resolve', 0);
  }

  /** Whether a target discards packets, as `advertise` uses it. */
  private isVoid(wanted: number): boolean {
    const target = wanted === 0 ? undefined : this.parts.nexthopSets.target(wanted);
    return typeof target === 'string' && target !== 'throw';
  }

  private async start(): Promise<KernelError | undefined> {
    const { agenda, foreign } = this.parts;
    const monitor = this.driver.monitor(
      dropCausedBy(this.socket.port),
      { message: (bytes, one) => this.events.take(bytes, one), lost: () => agenda.later('resync', 0) },
      this.log,
    );
    if (monitor instanceof KernelError) return monitor;
    this.monitor = monitor; // before the dumps, so that no event during them is missed
    const failed = await this.driver.dump({
      what: 'links',
      type: TYPE.getLink,
      payload: linkRequest(),
      visit: (bytes, one) => this.events.links.linkChanged(bytes, one),
    });
    const unseen = failed ?? (await foreign.readRules(this.driver.dump)) ?? (await this.comparison.dumpAddresses());
    if (unseen) return unseen;
    await takeStock(this.parts);
    const unread = await this.leftovers.adopt();
    if (unread) return unread;
    this.admission.update();
    agenda.later('periodic', PERIOD);
    return undefined;
  }

  private async readRules(): Promise<void> {
    const { foreign, resolver, agenda } = this.parts;
    const error = await foreign.readRules(this.driver.dump);
    if (error) this.log('error', String(error));
    resolver.forget();
    agenda.later('resolve', 0);
  }

  /**
   * Handles pending kernel events before a batch is built: a route lost with its link is written to its current next
   * hops.
   */
  private look(): void {
    const { agenda, nexthopSets } = this.parts;
    this.monitor.drain();
    if (agenda.overtakes('ownNetwork')) this.admission.update();
    if (agenda.overtakes('resolve')) this.tracking.resolveAgain();
    if (!agenda.isAsking && nexthopSets.infos.areMany) this.releaseInfos();
    this.refusals.lookAfter();
  }

  /** Releases unused route infos. */
  private releaseInfos(): void {
    const { reconciler, nexthopSets, foreign, infoCache, agenda } = this.parts;
    const installed = new Uint8Array(nexthopSets.infos.limit);
    if (isChecking)
      assert(
        !reconciler.isInFlight && !agenda.isAsking,
        'numbers of route infos are given back when none is on its way',
      );
    for (const table of reconciler.tables)
      table.each((slot) => {
        const info = table.installed(slot);
        if (info > 0) installed[info] = 1;
      });
    infoCache.clear();
    nexthopSets.releaseInfos((info) => installed[info] === 1 || foreign.ways.has(info));
  }

  /** The item is neither wanted nor installed: its number will be reused, so nothing may keep a reference. */
  private drop(item: Item): void {
    const { conflicts, competing, reconciler } = this.parts;
    conflicts.remove(item);
    competing.forget(item);
    reconciler.release(item);
  }
}
