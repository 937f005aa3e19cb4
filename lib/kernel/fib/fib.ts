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

export type { DifferenceKind, DriftedRoute, FibFinding } from './drift';
export type { NextHopReach } from './resolution/reach';
export type { BgpNextHop, NexthopSet } from './state/nexthop-set';
export type { FibStatus } from './status';

/** What marks our routes in the kernel, and where they stand. */
export interface FibOptions {
  /** Default 254, the main table. */
  readonly table?: number;
  /** Default 200. Never 0: routes written without a metric would stand at the same place as ours. */
  readonly metric?: number;
  /** Default 114. */
  readonly protocol?: number;
  /** False: each route has its hops itself. Default true. */
  readonly nexthopObjects?: boolean;
  /** Next hops without an interface are reached, or not, or at another cost; all that changed at once. */
  readonly nextHops?: (changes: readonly NextHopReach[]) => void;
  /** The subnets of links with carrier are others than they were: see {@link Fib.subnets}. */
  readonly links?: (subnets: LinkSubnets) => void;
  /**
   * What others did to routes of ours, in a sentence for all of a moment, and that it is repaired. Default: a warning
   * in the log.
   */
  readonly disturbed?: (message: string) => void;
  readonly log?: KernelLog;
  /** The key of every hash over prefixes and gateways, which neighbours choose. Absent: a secret one of its own. */
  readonly hashKey?: HashKey;
}

/**
 * The kernel's routing table, kept equal to what is wanted. Routes of ours bear our protocol number and our metric; no
 * other route is ever changed. When this ends, its routes stay (fail-static), and the next run takes them over.
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

  /** Opens the kernel's table and takes over the leftovers of the previous run. `driver`: another one is for tests. */
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

  /** Wants a route: the latest word on a prefix counts. */
  set(prefix: Prefix, target: NexthopSet): void {
    this.setOctets(prefix.address.bytes, prefix.length, target);
  }

  /** No longer wants a route to this prefix. */
  remove(prefix: Prefix): void {
    this.setOctets(prefix.address.bytes, prefix.length, undefined);
  }

  /**
   * The same as {@link set} and (without a target) {@link remove}, for many: the prefix is `length` bits of 4 or 16
   * octets, with the bits beyond them zero. Use one and the same target object for all routes that share it.
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

  /** The subnets of this node's links that have carrier, with the names of those links. */
  get subnets(): LinkSubnets {
    return this.admission.subnets;
  }

  /**
   * The addresses of the neighbours that sessions are with: no route of theirs changes how those on a link are reached.
   */
  setNeighbours(addresses: readonly IpAddress[]): void {
    this.admission.setNeighbours(addresses);
  }

  /** Why a route that is wanted is not written; undefined: it is, or is not wanted. */
  withheldReason(prefix: Prefix): Reason | undefined {
    return this.admission.reason(prefix);
  }

  /** When nothing is left to do for now; what the kernel refused is tried again later and not waited for. */
  settled(): Promise<void> {
    return this.parts.agenda.settled();
  }

  /** Everything wanted has been set: leftovers of the previous run that nobody wanted are removed. */
  reconciled(): void {
    const { nexthopSets, resolver, agenda, writer } = this.parts;
    this.leftovers.sweep(this.socket);
    nexthopSets.endGrace();
    resolver.forget(); // leftovers led to next hops, too
    agenda.later('resolve', 0);
    writer.schedule();
  }

  /** Compares with what is in the kernel and repairs what differs. */
  async resync(): Promise<void> {
    await this.comparison.compare();
  }

  /** The same; tells what was found when it is repaired. */
  async check(): Promise<FibFinding | KernelError> {
    const found = await this.comparison.compare();
    await this.settled();
    return found;
  }

  /** Wants nothing any more and removes every route of ours, leftovers included. */
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

  /** What is known of the way to every next hop that was asked for. */
  reaches(): readonly NextHopReach[] {
    return this.parts.resolver.reaches();
  }

  /**
   * How these next hops are reached, as the kernel stands now; from now on `nextHops` is called when one of them
   * changes, whether a route uses it or not.
   */
  track(addresses: readonly IpAddress[]): readonly NextHopReach[] {
    this.monitor.drain();
    return this.tracking.track(addresses);
  }

  /** No longer. */
  untrack(addresses: readonly IpAddress[]): void {
    this.tracking.untrack(addresses);
  }

  /** Ends the work; the routes stay. */
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
    // What was asked for this very target still saw the route that was wanted here before.
    if (resolver.asked !== asked) this.routeChanged(family, table.prefixes.keyOf(slot), length);
    if (resolver.hasNews) agenda.later('nextHops', 0);
    if (isDue) reconciler.enqueue(family, slot);
    else if (number === 0) this.drop(item);
  }

  /** A route of ours to this prefix may have a part in reaching next hops. */
  private routeChanged(family: FamilyIndex, key: Int32Array, length: number): void {
    if (this.parts.resolver.forgetIn(family, key, length)) this.parts.agenda.later('resolve', 0);
  }

  /** Whether a target leads nowhere, as `advertise` has it. */
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
    this.monitor = monitor; // before the dumps: what happens during them is not missed
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
   * Learns what the kernel has told, before a batch is made: a route that was lost with its link goes to where next
   * hops are now.
   */
  private look(): void {
    const { agenda, nexthopSets } = this.parts;
    this.monitor.drain();
    if (agenda.overtakes('ownNetwork')) this.admission.update();
    if (agenda.overtakes('resolve')) this.tracking.resolveAgain();
    if (!agenda.isAsking && nexthopSets.infos.areMany) this.releaseInfos();
    this.refusals.lookAfter();
  }

  /** Releases route infos that nobody has any more. */
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

  /** Nobody wants it and the kernel has it not: its number will be given again, so nothing may remember it. */
  private drop(item: Item): void {
    const { conflicts, competing, reconciler } = this.parts;
    conflicts.remove(item);
    competing.forget(item);
    reconciler.release(item);
  }
}
