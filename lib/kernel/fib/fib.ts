import { randomInt } from 'node:crypto';
import type { AddressFamily, IpAddress } from '../../model/address';
import type { HashKey } from '../../model/keyed-hash';
import type { Prefix } from '../../model/prefix';
import { PrefixHash } from '../../model/prefix-hash';
import { dropCausedBy } from '../codec/filter';
import { type Message, TYPE } from '../codec/header';
import { addressRequest } from '../codec/interface-address';
import { type Link, linkRequest } from '../codec/link';
import { decodeNexthop, type Nexthop, nexthopDumpRequest } from '../codec/nexthop';
import { emptyRoute, FAMILY, ROUTE_TYPE } from '../codec/route';
import { OWN_PROTOCOL } from '../codec/route-protocol';
import { type RouteOwner, routeDumpRequest, writeRouteRequest } from '../codec/route-request';
import { type Log, silent } from '../log';
import { dump } from '../netlink/dump';
import { Monitor } from '../netlink/monitor';
import { NetlinkSocket } from '../netlink/socket';
import { KernelError } from '../system/error';
import { showsHops } from '../system/nexthop-mode';
import { type CompetingRoute, CompetingRoutes } from './competing-routes';
import { Conflicts, EXAMPLES } from './conflicts';
import { Disturbances } from './disturbances';
import { type DifferenceKind, Drift, type FibFinding, UNKNOWN_WRITER } from './drift';
import { FibEvents } from './events';
import type { ForeignMatch } from './foreign/foreign-routes';
import { ForeignTables } from './foreign-tables';
import { NexthopResolver } from './nexthop-resolver';
import { OwnRoutes } from './resolution/own-routes';
import type { Reach } from './resolution/reach';
import { type Group, NexthopObjects } from './state/nexthop-objects';
import { Pace } from './state/pace';
import { PrefixTable } from './state/prefix-table';
import { RouteInfoCache } from './state/route-info-cache';
import { ABSENT } from './state/route-table';
import { type Reason, type Target, targetKey } from './state/target';
import { Targets } from './state/targets';
import { OwnNetwork } from './withholding/own-network';
import { Withheld } from './withholding/withheld';
import { prefixOf } from './withholding/withholding';
import { type Failure, type Item, RouteWriter } from './writer';

export type { Difference, DifferenceKind, FibFinding } from './drift';
export type { Reach } from './resolution/reach';
export type { NextHop, Target } from './state/target';

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
  readonly nextHops?: (changes: readonly Reach[]) => void;
  /** The subnets of links with carrier are others than they were: see {@link Fib.subnets}. */
  readonly links?: (subnets: Fib['subnets']) => void;
  /** What others did to routes of ours, in a sentence for all of a moment, and that it is repaired. Default: a warning in the log. */
  readonly disturbed?: (message: string) => void;
  readonly log?: Log;
  /** The key of every hash over prefixes and gateways, which neighbours choose. Absent: a secret one of its own. */
  readonly hashKey?: HashKey;
}

type Later =
  | 'ownNetwork'
  | 'release'
  | 'periodic'
  | 'nextHops'
  | 'lostNextHops'
  | 'resolve'
  | 'rules'
  | 'resync'
  | 'inspect';

/** How the kernel's table stands to what is wanted. */
export interface FibStatus {
  readonly table: number;
  readonly metric: number;
  readonly protocol: number;
  /** Prefixes that shall be there. */
  readonly wanted: number;
  /** Of those, how many are there, as wanted. */
  readonly installed: number;
  /** Prefixes that are wanted and not to be there, as {@link Withholding} has it, and the first twenty of them; not counted above. */
  readonly withheld: number;
  readonly heldBack: readonly { readonly prefix: string; readonly reason: string }[];
  /** Prefixes for which our table, which is not main, sends the look-up on to the next rule (`throw`), and the first twenty of them; not counted above. */
  readonly passedOn: number;
  readonly throws: readonly { readonly prefix: string; readonly reason: string }[];
  /** Leftovers of the run before that still stand because nobody said {@link Fib.reconciled}. */
  readonly kept: number;
  /** So many routes are on nexthop objects that it takes the kernel long to go through them when one changes, and it is set to do so. */
  readonly movesSlowly: boolean;
  /** Next hops that can't be reached now, with the number of prefixes that wait. */
  readonly waiting: readonly { readonly target: string; readonly reason: string; readonly prefixes: number }[];
  /** Next hops that can't be reached and that no route leads to any more, with the number of prefixes that did; the first hundred. */
  readonly unreached: FibStatus['waiting'];
  /** How many routes the kernel refused, and the first twenty of them. */
  readonly refused: number;
  readonly failed: readonly { readonly prefix: string; readonly reason: string }[];
  /** Foreign routes at the same prefix and metric: they stay, ours don't come in. */
  readonly conflicts: readonly { readonly prefix: string; readonly protocol: string }[];
  /** Foreign routes to prefixes of ours at another metric; the lower one has the traffic. */
  readonly beside: readonly CompetingRoute[];
  /** Since the start: what others did to routes of ours, all of it mended. */
  readonly differences: Readonly<Record<DifferenceKind, number>>;
  /** How long ago the last of them was noticed; null where there was none. */
  readonly lastDifferenceMs: number | null;
  /** What was told of it last. */
  readonly lastDisturbance: string | undefined;
}

/**
 * A next hop that a route of ours led to, and that is reached no longer, is told after a while: BGP chooses another route to it first, and need not let
 * go of all that lies behind it. In milliseconds.
 */
const LOST_DELAY = 100;
/** The kernel's table is compared from time to time, for it does not tell of everything; at most a hundredth of the time goes into it. */
const PERIOD = 60_000;
const COMPARISON_SHARE = 100;
/** Neighbours choose how many next hops there are: so many that are not reached are named. */
const MOST_UNREACHED = 100;
/** After as many milliseconds next hops that were let go of while routes led there are looked at again. */
const RELEASE_DELAY = 1000;
/** Milliseconds in which next hops are asked for again before the event loop turns. */
const REFRESH_TURN = 10;
const LOT_GROWTH = 8;
/** Routes that the kernel goes through in a tenth of a second. */
const SLOW_FROM = 100_000;
/** Nexthop objects that are written all the time are not waited for. */
const STOCK_ATTEMPTS = 8;

/**
 * The kernel's routing table, kept equal to what is wanted. Routes of ours bear our protocol number and our metric; no other
 * route is ever changed. When this ends, its routes stay (fail-static), and the next run takes them over.
 */
export class Fib {
  private readonly links = new Map<number, Link>();
  private readonly route = emptyRoute();
  /** Nothing but keys to be loaded. */
  private readonly probe = [new PrefixTable(4, undefined, 8), new PrefixTable(16, undefined, 8)] as const;
  private readonly competing: CompetingRoutes;
  private readonly conflicts: Conflicts;
  private readonly occupied = new Set<Item>();
  /** Deletes of leftovers of another metric, ready to be sent at the sweep. */
  private strays: Uint8Array[] = [];
  /** Why nexthop objects were refused, each told once. */
  private readonly refusals = new Set<string>();
  /** By next hop, how many prefixes led there when it was found that it can't be reached. */
  private readonly led = new Map<string, number>();
  /** Targets whose groups the kernel refused: their routes are to be looked at, all in one go. */
  private refusedTargets = new Set<number>();
  private readonly targets: Targets;
  private readonly objects: NexthopObjects | undefined;
  private readonly events: FibEvents;
  private readonly drift: Drift;
  private readonly disturbances: Disturbances;
  private readonly network: OwnNetwork;
  private readonly withheld: Withheld;
  /** Whether our table passes anything on, which it need not once nothing is wanted. */
  private passes = true;
  /** The subnets that were told last, as text. */
  private toldLinks = '';
  private readonly infos: RouteInfoCache;
  private readonly resolver: NexthopResolver;
  /** Targets that lead elsewhere and whose routes were not looked at yet, and how many make it worth it. */
  private readonly changed = new Set<number>();
  private lot = 1;
  private readonly foreign: ForeignTables;
  private readonly own: OwnRoutes;
  private readonly writer: RouteWriter;
  private monitor!: Monitor;
  private readonly waiters: (() => void)[] = [];
  private readonly timers = new Map<string, NodeJS.Timeout>();
  /** Of what looks at everything, and that changes of links and addresses ask for. */
  private readonly paces = { resync: new Pace(), ownNetwork: new Pace() };
  private dumps = 0;
  private comparisons: Promise<unknown> = Promise.resolve();
  private isOpen = false;
  private closed = false;

  private constructor(
    private readonly owner: RouteOwner,
    private readonly socket: NetlinkSocket,
    private readonly lookups: NetlinkSocket,
    private readonly log: Log,
    hasObjects: boolean,
    private readonly tellNextHops: FibOptions['nextHops'],
    private readonly tellLinks: FibOptions['links'],
    private readonly tellDisturbed: (message: string) => void,
    hashKey: HashKey,
  ) {
    this.network = new OwnNetwork(this.links, owner.table, () => this.foreign.ways);
    this.withheld = new Withheld(new PrefixHash(hashKey));
    const view = {
      tables: (address: Uint8Array) => this.foreign.tables(address),
      foreign: (address: Uint8Array, table: number) => this.foreign.foreign(address, table),
      infoOf: (match: ForeignMatch) => this.foreign.infoOf(match),
      own: (address: Uint8Array, most: number) => this.own.longest(address, most),
      links: this.links,
    };
    this.resolver = new NexthopResolver(lookups, { ...view, ...owner }, owner.protocol);
    if (hasObjects)
      this.objects = new NexthopObjects(owner.protocol, {
        refused: (group, reason) => this.groupRefused(group, reason),
        gone: (group) => this.writer.groupsGone([group]),
      });
    const { objects } = this;
    this.targets = new Targets(this.resolver.resolve, objects);
    this.infos = new RouteInfoCache(
      (info) => {
        if (this.targets.infos.areMany) this.writer.nudge(); // it looks after them before its next batch
        return this.targets.infos.intern(info);
      },
      (id) => objects?.group(id)?.info,
      hashKey,
    );
    this.conflicts = new Conflicts(owner.metric, (item) => String(this.writer.prefixOf(item)), log);
    const events = {
      look: () => this.look(),
      occupied: (item: Item) => this.inspect(item),
      done: (item: Item) => this.done(item),
      refused: (item: Item, failure: Failure) => this.refused(item, failure),
      idle: () => this.quiet(),
    };
    this.writer = new RouteWriter(socket, owner, this.targets, objects, events, new PrefixHash(hashKey));
    this.competing = new CompetingRoutes((item) => String(this.writer.prefixOf(item)));
    this.drift = new Drift((item) => String(this.writer.prefixOf(item)));
    this.disturbances = new Disturbances(tellDisturbed, () => !this.busy);
    this.foreign = new ForeignTables(this.infos, this.targets, owner.table, this.network, new PrefixHash(hashKey));
    this.own = new OwnRoutes(this.writer.tables, this.targets);
    const {
      links,
      route,
      competing,
      conflicts,
      disturbances,
      infos,
      drift,
      network,
      resolver,
      foreign,
      targets,
      writer,
    } = this;
    const later = (what: Later, delay: number) => this.later(what, delay);
    this.events = new FibEvents({
      owner,
      links,
      route,
      competing,
      conflicts,
      disturbances,
      infos,
      drift,
      network,
      objects,
      resolver,
      foreign,
      targets,
      writer,
      later,
    });
  }

  /** Opens the kernel's table and takes over the leftovers of the run before. */
  static async open(options: FibOptions = {}): Promise<Fib | KernelError> {
    const {
      table = 254,
      metric = 200,
      protocol = OWN_PROTOCOL,
      log = silent,
      nexthopObjects = true,
      nextHops,
      hashKey = [randomInt(2 ** 32), randomInt(2 ** 32)],
      links,
      disturbed = (message) => log('warn', message),
    } = options;
    const socket = NetlinkSocket.open();
    if (socket instanceof KernelError) return socket;
    const lookups = NetlinkSocket.open();
    if (lookups instanceof KernelError) {
      socket.close();
      return lookups;
    }
    const hasObjects = nexthopObjects && (await prepareObjects(log));
    const owner = { table, metric, protocol };
    const fib = new Fib(owner, socket, lookups, log, hasObjects, nextHops, links, disturbed, hashKey);
    const failed = await fib.start();
    if (failed) await fib.close();
    fib.isOpen = true;
    return failed ?? fib;
  }

  /** Wants a route: the latest word on a prefix counts. */
  set(prefix: Prefix, target: Target): void {
    this.setOctets(prefix.address.bytes, prefix.length, target);
  }

  /** No longer wants a route to this prefix. */
  remove(prefix: Prefix): void {
    this.setOctets(prefix.address.bytes, prefix.length, undefined);
  }

  /**
   * The same as {@link set} and (without a target) {@link remove}, for many: the prefix is `length` bits of 4 or 16 octets, with
   * the bits beyond them zero. Use one and the same target object for all routes that share it.
   */
  setOctets(address: Uint8Array, length: number, target: Target | undefined): void {
    const family = address.length === 4 ? 0 : 1;
    this.writer.tables[family].prefixes.load(address, 0);
    this.setLoaded(family, length, target);
  }

  /** The same for an address that `load` writes as 32-bit words, most significant first: one for IPv4, four for IPv6. */
  setWords(family: AddressFamily, load: (into: Int32Array) => void, length: number, target: Target | undefined): void {
    const number = family === 'ipv4' ? 0 : 1;
    load(this.writer.tables[number].prefixes.key);
    this.setLoaded(number, length, target);
  }

  /** The subnets of this node's links that have carrier, with the names of those links. */
  get subnets(): readonly { readonly prefix: Prefix; readonly interface: string }[] {
    return this.network.withholding.subnets;
  }

  /** The addresses of the neighbours that sessions are with: no route of theirs changes how those on a link are reached. */
  setNeighbours(addresses: readonly IpAddress[]): void {
    this.network.setNeighbours(addresses);
    this.holdBack();
  }

  /** Why a route that is wanted is not written; undefined: it is, or is not wanted. */
  withheldReason(prefix: Prefix): Reason | undefined {
    return this.withheld.reason(prefix);
  }

  /** When nothing is left to do for now; what the kernel refused is tried again later and not waited for. */
  settled(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    const settled = new Promise<void>((done) => this.waiters.push(done));
    for (const what of ['ownNetwork', 'resync'] as const) if (this.overtakes(what)) this.later(what, 0);
    return settled;
  }

  /** Everything that shall be there has been said: leftovers of the run before that nobody wanted are removed. */
  reconciled(): void {
    for (const family of [0, 1] as const) this.writer.tables[family].sweep((slot) => this.writer.enqueue(family, slot));
    for (const stray of this.strays) this.socket.send(stray);
    this.strays = [];
    this.targets.endGrace();
    this.resolver.forget(); // leftovers led to next hops, too
    this.later('resolve', 0);
    this.writer.nudge();
  }

  /** Compares with what is in the kernel and mends what differs. */
  async resync(): Promise<void> {
    await this.compare();
  }

  /** The same; tells what was found when it is mended. */
  async check(): Promise<FibFinding | KernelError> {
    const found = await this.compare();
    await this.settled();
    return found;
  }

  /** One comparison after another: they mark what they saw. */
  private compare(): Promise<FibFinding | KernelError> {
    this.dumps++;
    const compared = this.comparisons.then(async () => {
      this.drift.begin(performance.now());
      this.competing.beginDump();
      let failed: KernelError | undefined;
      await this.takeStock();
      this.network.beginDump();
      if (!this.closed) failed = await this.dumpAddresses();
      for (const family of [0, 1] as const) if (!this.closed) failed ??= await this.resyncFamily(family);
      if (!failed && !this.closed) {
        this.network.endDump();
        this.competing.endDump();
        this.holdBack();
      }
      const found = this.drift.end(performance.now());
      this.paces.resync.done(performance.now(), found.tookMs);
      if (failed) this.log('error', String(failed));
      this.tellFinding(found);
      this.later('periodic', Math.max(PERIOD, COMPARISON_SHARE * found.tookMs));
      this.dumps--;
      this.quiet();
      return failed ?? found;
    });
    this.comparisons = compared;
    return compared;
  }

  /** Wants nothing any more and removes every route of ours, leftovers included. */
  async flush(): Promise<void> {
    this.withheld.clear();
    this.network.unwatchAll();
    this.passes = false;
    for (const family of [0, 1] as const) {
      const table = this.writer.tables[family];
      table.each((slot) => {
        this.writer.retarget(table.wanted(slot), 0, 0);
        if (table.want(slot, 0)) this.writer.enqueue(family, slot);
        else this.drop(slot * 2 + family);
      });
    }
    this.reconciled();
    await this.settled();
  }

  status(): FibStatus {
    let [wanted, installed, kept] = [0, 0, 0];
    for (const table of this.writer.tables)
      table.each((slot) => {
        if (table.wanted(slot) !== 0) {
          if (this.isThrow(table.wanted(slot))) return;
          wanted++;
          if (table.desired(slot) !== 0 && table.step(slot) === 'none') installed++;
        } else if (table.installed(slot) !== ABSENT && table.step(slot) === 'none') kept++;
      });
    const { failures } = this.writer;
    return {
      ...this.owner,
      wanted,
      installed,
      withheld: this.withheld.led.length,
      heldBack: this.withheld.led.slice(0, EXAMPLES).map(({ prefix, reason }) => ({ prefix: String(prefix), reason })),
      passedOn: this.passes ? this.network.withholding.passedOn.length : 0,
      throws: this.passes ? this.examplesPassedOn() : [],
      kept: kept + this.strays.length,
      movesSlowly: this.objects !== undefined && installed > SLOW_FROM && showsHops() === true,
      waiting: this.targets
        .waiting()
        .map(({ target, reason, prefixes }) => ({ target: targetKey(target), reason, prefixes })),
      unreached: this.givenUp(),
      refused: failures.size,
      failed: [...failures].slice(0, EXAMPLES).map(([item, { reason }]) => ({
        prefix: String(this.writer.prefixOf(item)),
        reason: this.conflicts.reason(item) ?? reason,
      })),
      conflicts: this.conflicts.examples(),
      beside: this.competing.examples((item) => this.writer.tables[item & 1].wanted(item >> 1) !== 0),
      differences: this.drift.totals,
      lastDifferenceMs: this.drift.lastAt === undefined ? null : performance.now() - this.drift.lastAt,
      lastDisturbance: this.disturbances.last,
    };
  }

  private examplesPassedOn(): FibStatus['throws'] {
    const { passedOn } = this.network.withholding;
    return passedOn.slice(0, EXAMPLES).map(({ prefix, reason }) => ({ prefix: String(prefix), reason }));
  }

  /** Whether a target leads nowhere, as `advertise` has it. */
  private isVoid(wanted: number): boolean {
    const target = wanted === 0 ? undefined : this.targets.target(wanted);
    return typeof target === 'string' && target !== 'throw';
  }

  private isThrow(wanted: number): boolean {
    return wanted !== 0 && this.targets.target(wanted) === 'throw';
  }

  /** What is known of the way to every next hop that was asked for. */
  reaches(): readonly Reach[] {
    return this.resolver.reaches();
  }

  /** How these next hops are reached, as the kernel stands now; from now on `nextHops` is told when one of them changes, whether a route uses it or not. */
  track(addresses: readonly IpAddress[]): readonly Reach[] {
    this.monitor.drain();
    return this.resolver.track(addresses);
  }

  /** No longer. */
  untrack(addresses: readonly IpAddress[]): void {
    this.resolver.untrack(addresses, (address) => this.targets.usersOf(address) > 0);
    for (const address of addresses) this.led.delete(String(address));
    if (this.resolver.isLeaving) this.later('release', RELEASE_DELAY);
  }

  /** As a rule BGP lets go of a next hop before the last route to it has gone elsewhere. */
  private release(): void {
    for (const address of this.resolver.release((one) => this.targets.usersOf(one) > 0))
      this.led.delete(String(address));
    if (this.resolver.isLeaving) this.later('release', RELEASE_DELAY);
  }

  /** Ends the work; the routes stay. */
  async close(): Promise<void> {
    this.closed = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.disturbances.close();
    await this.writer.close();
    this.monitor?.close();
    this.socket.close();
    this.lookups.close();
    for (const waiter of this.waiters.splice(0)) waiter();
  }

  private setLoaded(family: 0 | 1, length: number, wanted: Target | undefined): void {
    const table = this.writer.tables[family];
    if (wanted !== undefined && !this.passes) this.passAgain();
    const target = this.admitted(family, table.prefixes.key, length, wanted) ?? this.passedOn(family, length);
    const number = target === undefined ? 0 : this.targets.intern(target);
    const slot = number === 0 ? table.prefixes.find(length) : table.slot(length);
    if (slot < 0) return;
    const before = table.wanted(slot);
    if (before === number && number !== 0) return;
    if (typeof wanted !== 'string' && this.isVoid(before)) this.network.unwatch(prefixOf(table.prefixes.key, length));
    this.own.note(family, length);
    this.routeChanged(family, table.prefixes.key, length);
    const { asked } = this.resolver;
    this.writer.retarget(before, number, table.installed(slot));
    const item = slot * 2 + family;
    this.writer.forgive(item);
    const isDue = table.want(slot, number);
    // What was asked for this very target still saw the route that was wanted here before.
    if (this.resolver.asked !== asked) this.routeChanged(family, table.prefixes.keyOf(slot), length);
    if (this.resolver.hasNews) this.later('nextHops', 0);
    if (isDue) this.writer.enqueue(family, slot);
    else if (number === 0) this.drop(item);
  }

  /** A route of ours to this prefix may have a part in reaching next hops. */
  private routeChanged(family: 0 | 1, key: Int32Array, length: number): void {
    if (this.resolver.forgetIn(family, key, length)) this.later('resolve', 0);
  }

  /** Where nothing is to be written at the loaded prefix: whether our table is to send the look-up for it on. */
  private passedOn(family: 0 | 1, length: number): 'throw' | undefined {
    const { key } = this.writer.tables[family].prefixes,
      name = family === 0 ? 'ipv4' : 'ipv6';
    return this.passes && this.network.withholding.isPassedOn(name, key, length) ? 'throw' : undefined;
  }

  /** Something is wanted again after a {@link flush}. */
  private passAgain(): void {
    this.passes = true;
    this.network.passAgain();
    this.later('ownNetwork', 0);
  }

  /** The target, unless its route is to be held back. */
  private admitted(family: 0 | 1, key: Int32Array, length: number, target: Target | undefined): Target | undefined {
    const name = family === 0 ? 'ipv4' : 'ipv6';
    if (typeof target === 'string') this.network.watch(prefixOf(key, length));
    const reason = target && this.network.withholding.reason(name, key, length, target);
    if (target === undefined || reason === undefined) {
      if (typeof this.withheld.remove(name, key, length) === 'string' && typeof target !== 'string')
        this.network.unwatch(prefixOf(key, length));
      return target;
    }
    const isNews = typeof target === 'string' && this.withheld.reason(prefixOf(key, length)) === undefined;
    this.withheld.add(name, key, length, target, reason);
    if (isNews) this.log('info', `${prefixOf(key, length)} does not need a blackhole route: ${reason}`);
    return undefined;
  }

  /** What the kernel has beside our routes is another than it was: routes may have to go, or may come. */
  private holdBack(): void {
    const start = performance.now();
    if (!this.network.settle()) return;
    for (const prefix of this.network.candidates()) this.reconsider(prefix);
    const told = JSON.stringify(this.subnets);
    // While it opens there is nobody to be told yet: whoever opened it asks.
    if (told !== this.toldLinks && this.isOpen) this.tellLinks?.(this.subnets);
    this.toldLinks = told;
    this.paces.ownNetwork.done(performance.now(), performance.now() - start);
  }

  private reconsider(prefix: Prefix): void {
    const held = this.withheld.target(prefix);
    if (held !== undefined) {
      this.set(prefix, held);
      return;
    }
    const family = prefix.family === 'ipv4' ? 0 : 1,
      table = this.writer.tables[family];
    table.prefixes.load(prefix.address.bytes, 0);
    const slot = table.prefixes.find(prefix.length),
      wanted = slot < 0 ? 0 : table.wanted(slot);
    if (wanted === 0 ? this.passedOn(family, prefix.length) !== undefined : this.isThrow(wanted)) {
      this.remove(prefix);
      return;
    }
    if (slot < 0) return;
    if (wanted !== 0) this.set(prefix, this.targets.target(wanted));
    else if (this.network.withholding.reason(prefix.family, table.prefixes.key, prefix.length, NO_TARGET) !== undefined)
      if (table.want(slot, 0)) this.writer.enqueue(family, slot); // a leftover of the run before
  }

  private get busy(): boolean {
    return (
      !this.closed &&
      (!this.writer.idle ||
        this.dumps > 0 ||
        ['ownNetwork', 'resolve', 'rules', 'resync', 'inspect'].some((what) => this.timers.has(what)))
    );
  }

  private async start(): Promise<KernelError | undefined> {
    const monitor = Monitor.open(
      dropCausedBy(this.socket.port),
      { message: (bytes, one) => this.events.take(bytes, one), lost: () => this.later('resync', 0) },
      this.log,
    );
    if (monitor instanceof KernelError) return monitor;
    this.monitor = monitor; // before the dumps: what happens during them is not missed
    const failed = await dump({
      what: 'links',
      type: TYPE.getLink,
      payload: linkRequest(),
      visit: (bytes, one) => this.events.linkChanged(bytes, one),
    });
    const unseen = failed ?? (await this.foreign.readRules()) ?? (await this.dumpAddresses());
    if (unseen) return unseen;
    await this.takeStock();
    for (const family of [0, 1] as const) {
      const routes = this.foreign.routes[family];
      const error = await dump({
        what: 'routes',
        type: TYPE.getRoute,
        payload: routeDumpRequest(familyNumber(family), 0, 0),
        begin: () => routes.beginDump(),
        visit: (bytes, one) => this.adopt(bytes, one, family),
      });
      if (error) return error;
      routes.endDump();
    }
    this.holdBack();
    this.later('periodic', PERIOD);
    return undefined;
  }

  private dumpAddresses(): Promise<KernelError | undefined> {
    return dump({
      what: 'addresses',
      type: TYPE.getAddress,
      payload: addressRequest(),
      visit: (bytes, one) => this.events.addressChanged(bytes, one),
    });
  }

  /** Finds out which nexthop objects of ours the kernel has, and where they lead. */
  private async takeStock(): Promise<void> {
    const { objects, targets, writer } = this;
    if (this.closed) return;
    if (!objects) {
      const others: Nexthop[] = [];
      if (!(await dumpNexthops(others))) this.foreign.found(others);
      return;
    }
    for (let attempt = 1; attempt <= STOCK_ATTEMPTS; attempt++) {
      const { generation } = objects,
        found: Nexthop[] = [];
      const error = await dumpNexthops(found);
      if (this.closed) return;
      if (error) {
        this.log('error', String(error));
        return;
      }
      if (generation !== objects.generation) continue; // one of them was written meanwhile
      this.foreign.found(found.filter(({ id }) => !objects.isOurs(id)));
      const gone = objects.found(found, targets.infos.newGroup);
      for (const group of objects.all()) targets.adopt(group);
      for (const { routes } of gone) this.drift.lost(routes);
      writer.groupsGone(gone);
      writer.nudge();
      return;
    }
  }

  private groupRefused(group: Group, reason: string): void {
    if (!this.refusals.has(reason))
      this.log('warn', `the kernel rejected a nexthop object: ${reason}; its routes are installed individually`);
    this.refusals.add(reason);
    for (const target of this.targets.groupRefused(group)) this.refusedTargets.add(target);
    this.writer.nudge();
  }

  private async resyncFamily(family: 0 | 1): Promise<KernelError | undefined> {
    const table = this.writer.tables[family],
      others = this.foreign.routes[family];
    const found = (slot: number, before: number, now: number) =>
      this.drift.note(slot * 2 + family, before, now, UNKNOWN_WRITER);
    const error = await dump({
      what: 'routes',
      type: TYPE.getRoute,
      payload: routeDumpRequest(familyNumber(family), 0, 0),
      begin: () => {
        table.beginDump();
        others.beginDump();
      },
      visit: (bytes, one) => this.dumped(bytes, one, family, found),
    });
    if (error || this.closed) return error;
    table.endDump((slot) => this.writer.enqueue(family, slot), found);
    if (others.endDump()) {
      this.resolver.forget();
      this.later('resolve', 0);
    }
    return undefined;
  }

  private tellFinding({ missing, extra, different, examples }: FibFinding): void {
    if (missing + extra + different === 0) return;
    const [first] = examples,
      example = first ? `, such as ${first.prefix} (${first.kind})` : '';
    const counts = `${missing} missing, ${extra} extra, ${different} different`;
    this.tellDisturbed(`the kernel routes differed from what was installed: ${counts}${example}; repaired`);
  }

  private adopt(bytes: Uint8Array, one: Message, family: 0 | 1): void {
    if (!this.events.readsAny(bytes, one)) return;
    if (this.route.protocol !== this.owner.protocol) {
      this.foreign.dumped(bytes, this.route);
      return;
    }
    if (this.route.table !== this.owner.table) return;
    if (this.route.priority !== this.owner.metric) {
      this.stray(bytes, family);
      return;
    }
    const table = this.writer.tables[family];
    table.prefixes.load(bytes, this.route.destination);
    table.adopt(table.slot(this.route.length), this.infos.read(bytes, this.route));
    this.own.note(family, this.route.length);
  }

  /** A leftover of a run with another metric: no place of ours, so it is not replaced but removed at the sweep. */
  private stray(bytes: Uint8Array, family: 0 | 1): void {
    const table = this.probe[family],
      { route } = this;
    table.load(bytes, route.destination);
    const request = new Uint8Array(128);
    const owner = { ...this.owner, metric: route.priority };
    const end = writeRouteRequest(request, 0, 'delete', 0, owner, table.key, table.octets, route.length, undefined);
    this.strays.push(request.subarray(0, end));
  }

  private dumped(
    bytes: Uint8Array,
    one: Message,
    family: 0 | 1,
    found: (slot: number, before: number, now: number) => void,
  ): void {
    if (!this.events.readsAny(bytes, one)) return;
    const { route, owner } = this,
      table = this.writer.tables[family];
    const isOwn = route.protocol === owner.protocol;
    if (!isOwn) this.foreign.dumped(bytes, route);
    if (route.table !== owner.table) return;
    if (isOwn && route.priority !== owner.metric) return;
    table.prefixes.load(bytes, route.destination);
    if (!isOwn) {
      const slot = table.prefixes.find(route.length);
      if (slot < 0) return;
      if (route.priority === owner.metric) this.conflicts.add(slot * 2 + family, route.protocol);
      else this.competing.add(slot * 2 + family, route.protocol, route.priority);
      return;
    }
    if (route.type !== ROUTE_TYPE.throw) this.drift.route();
    const slot = table.slot(route.length);
    if (table.dumped(slot, this.infos.read(bytes, route), found)) this.writer.enqueue(family, slot);
  }

  private resolveAgain(): void {
    const end = performance.now() + REFRESH_TURN,
      { resolver, targets, changed } = this;
    const isWhole = resolver.refresh(
      () => performance.now() < end,
      (address) => targets.usersOf(address) > 0,
    );
    const { addresses, links } = resolver.takeMoved();
    for (const number of targets.refreshBy(addresses, links)) changed.add(number);
    // To look at the routes takes a walk over all of them: what is found turn after turn is looked at in ever larger lots.
    if (changed.size > 0 && (isWhole || changed.size >= this.lot)) {
      this.lookAt(changed);
      changed.clear();
      this.lot *= LOT_GROWTH;
    }
    if (isWhole) this.lot = 1;
    else this.later('resolve', 0);
    if (resolver.hasNews) this.later('nextHops', 0);
    this.writer.retry();
    if (addresses.length > 0 || links || this.writer.failures.size > 0) this.writer.nudge();
  }

  /** Routes of these targets may need to be written. */
  private lookAt(changed: ReadonlySet<number>): void {
    for (const family of [0, 1] as const) {
      const table = this.writer.tables[family];
      table.each((slot) => {
        if (changed.has(table.wanted(slot)) && table.step(slot) !== 'none') this.writer.enqueue(family, slot);
      });
    }
  }

  private tellOfNextHops(all: boolean): void {
    const news = this.resolver.takeNews(all);
    if (this.resolver.hasNews) this.later('lostNextHops', LOST_DELAY);
    if (news.length === 0) return;
    for (const { address, reachable } of news)
      if (reachable) this.led.delete(String(address));
      else this.led.set(String(address), this.targets.usersOf(address));
    this.tellNextHops?.(news);
  }

  /** Next hops that were given up because they can't be reached: nobody leads routes there now. */
  private givenUp(): FibStatus['waiting'] {
    const given: FibStatus['waiting'][number][] = [];
    for (const { address, reason } of this.resolver.unreached()) {
      if (this.targets.usersOf(address) > 0) continue;
      const target = String(address);
      given.push({ target, reason, prefixes: this.led.get(target) ?? 0 });
      if (given.length === MOST_UNREACHED) break;
    }
    return given;
  }

  private async readRules(): Promise<void> {
    this.dumps++;
    const error = await this.foreign.readRules();
    if (error) this.log('error', String(error));
    this.resolver.forget();
    this.later('resolve', 0);
    this.dumps--;
    this.quiet();
  }

  /** Learns what the kernel has told, before a batch is made: a route that was lost with its link goes to where next hops are now. */
  private look(): void {
    this.monitor.drain();
    if (this.overtakes('ownNetwork')) this.holdBack();
    if (this.overtakes('resolve')) this.resolveAgain();
    if (this.isOpen && this.dumps === 0 && this.targets.infos.areMany) this.releaseInfos();
    if (this.refusedTargets.size === 0) return;
    const refused = this.refusedTargets;
    this.refusedTargets = new Set();
    this.lookAt(refused);
  }

  /** Lets go of route infos that nobody has any more. No batch is in flight, and no dump is running. */
  private releaseInfos(): void {
    const { tables } = this.writer,
      installed = new Uint8Array(this.targets.infos.limit);
    for (const table of tables)
      table.each((slot) => {
        const info = table.installed(slot);
        if (info > 0) installed[info] = 1;
      });
    this.infos.clear();
    this.targets.releaseInfos((info) => installed[info] === 1 || this.foreign.ways.has(info));
  }

  /** Whether something was to be done later; now it is not. */
  private overtakes(what: Later): boolean {
    clearTimeout(this.timers.get(what));
    return this.timers.delete(what);
  }

  /** Finds out who stands where ours shall: a leftover of ours that was overlooked, or a foreign route. */
  private inspect(item: Item): void {
    this.occupied.add(item);
    this.later('inspect', 0);
  }

  private async inspectNow(): Promise<void> {
    this.dumps++;
    const asked = new Set(this.occupied);
    this.occupied.clear();
    for (const item of asked) this.conflicts.remove(item);
    for (const family of [0, 1] as const) {
      if (![...asked].some((item) => (item & 1) === family)) continue;
      await dump({
        what: 'routes',
        type: TYPE.getRoute,
        payload: routeDumpRequest(familyNumber(family), this.owner.table, 0),
        visit: (bytes, one) => {
          if (!this.events.reads(bytes, one) || this.route.priority !== this.owner.metric) return;
          const table = this.writer.tables[family];
          table.prefixes.load(bytes, this.route.destination);
          const slot = table.prefixes.find(this.route.length);
          if (slot < 0 || !asked.has(slot * 2 + family)) return;
          if (this.route.protocol === this.owner.protocol)
            this.writer.changedByOther(family, slot, this.infos.read(bytes, this.route));
          else this.conflicts.add(slot * 2 + family, this.route.protocol);
        },
      });
    }
    // Whoever was there is gone again: no need to wait. A second refusal waits its time.
    this.writer.retry((item, { attempts }) => asked.has(item) && attempts === 1 && !this.conflicts.has(item));
    this.dumps--;
    this.quiet();
  }

  /** A line for the first ones alone: a million may be refused for one and the same reason. */
  private refused(item: Item, { code, reason }: Failure): void {
    const { size } = this.writer.failures;
    if (code !== 'EEXIST' && size <= EXAMPLES)
      this.log('warn', `${this.writer.prefixOf(item)}: the kernel rejected the route: ${reason}`);
    if (size === EXAMPLES + 1) this.log('warn', 'the kernel rejects further routes; they are counted in the status');
  }

  private done(item: Item): void {
    this.conflicts.remove(item);
  }

  /** Nobody wants it and the kernel has it not: its number will be given again, so nothing may remember it. */
  private drop(item: Item): void {
    this.conflicts.remove(item);
    this.competing.forget(item);
    this.writer.release(item);
  }

  private quiet(): void {
    if (!this.busy) for (const waiter of this.waiters.splice(0)) waiter();
  }

  /** Does something once for a swarm of reasons. */
  private later(what: Later, delay: number): void {
    if (this.closed || this.timers.has(what)) return;
    // What was missed is found out at once, however often; what a change of a link or an address asks for is not done all the time.
    const isPaced = this.waiters.length === 0 && (what === 'ownNetwork' || (what === 'resync' && delay > 0));
    const wait = isPaced ? Math.max(delay, this.paces[what].wait(performance.now())) : delay;
    const timer = setTimeout(() => {
      this.timers.delete(what);
      if (what === 'resync' || what === 'periodic') void this.resync();
      else if (what === 'inspect') void this.inspectNow();
      else if (what === 'nextHops' || what === 'lostNextHops') this.tellOfNextHops(what === 'lostNextHops');
      else if (what === 'rules') void this.readRules();
      else if (what === 'release') this.release();
      else if (what === 'ownNetwork') {
        this.holdBack();
        this.quiet();
      } else {
        this.resolveAgain();
        this.quiet();
      }
    }, wait);
    if (what === 'periodic') timer.unref();
    this.timers.set(what, timer);
  }
}

/** Of a leftover nobody knows yet whether, and how, it is wanted. */
const NO_TARGET: Target = { via: [] };

const familyNumber = (family: 0 | 1): number => (family === 0 ? FAMILY.ipv4 : FAMILY.ipv6);

/** Whether the kernel has nexthop objects; says what it costs where it has them not. */
async function prepareObjects(log: Log): Promise<boolean> {
  const error = await dumpNexthops([]);
  if (error) {
    log(
      'warn',
      `no nexthop objects (${error}): when a next hop goes away, each of its routes is rewritten individually`,
    );
    return false;
  }
  return true;
}

const dumpNexthops = (into: Nexthop[]): Promise<KernelError | undefined> =>
  dump({
    what: 'nexthop objects',
    type: TYPE.getNexthop,
    payload: nexthopDumpRequest(),
    begin: () => into.splice(0),
    visit(bytes, one) {
      const nexthop = decodeNexthop(bytes, one.start, one.end);
      if (nexthop) into.push(nexthop);
    },
  });
