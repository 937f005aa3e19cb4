import type { AddressFamily, IpAddress } from '../model/address';
import type { Prefix } from '../model/prefix';
import { dropCausedBy } from './codec/filter';
import type { Form } from './codec/form';
import { type Message, TYPE } from './codec/header';
import { type Link, linkRequest } from './codec/link';
import { decodeNexthop, type Nexthop, nexthopDumpRequest } from './codec/nexthop';
import { emptyRoute, FAMILY, type RouteView } from './codec/route';
import { OWN_PROTOCOL } from './codec/route-protocol';
import { type RouteOwner, routeDumpRequest, writeRouteRequest } from './codec/route-request';
import { Conflicts, EXAMPLES } from './conflicts';
import { FormCache } from './diff/form-cache';
import { ABSENT } from './diff/mirror';
import { type Group, NexthopObjects } from './diff/nexthop-objects';
import { PrefixTable } from './diff/prefix-table';
import { type Reason, type Target, Targets, targetKey } from './diff/target';
import { dump } from './dump';
import { KernelError } from './error';
import { FibEvents } from './fib-events';
import { type Beside, type DifferenceKind, type FibFinding, Ledger, UNKNOWN_WRITER } from './ledger';
import { type Log, silent } from './log';
import { Monitor } from './monitor';
import { NetlinkSocket } from './netlink';
import { setCompactNexthops } from './nexthop-mode';
import { type Reach, Resolver } from './resolver';
import { type Failure, type Item, RouteWriter } from './writer';

export type { NextHop, Target } from './diff/target';
export type { Difference, DifferenceKind, FibFinding } from './ledger';
export type { Reach } from './resolver';

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
  readonly log?: Log;
}

type Later = 'periodic' | 'nextHops' | 'resolve' | 'recursive' | 'resync' | 'inspect';

/** How the kernel's table stands to what is wanted. */
export interface FibStatus {
  readonly table: number;
  readonly metric: number;
  readonly protocol: number;
  /** Prefixes that shall be there. */
  readonly wanted: number;
  /** Of those, how many are there, as wanted. */
  readonly installed: number;
  /** Leftovers of the run before that still stand because nobody said {@link Fib.reconciled}. */
  readonly kept: number;
  /** Next hops that can't be reached now, with the number of prefixes that wait. */
  readonly waiting: readonly { readonly target: string; readonly reason: string; readonly prefixes: number }[];
  /** Next hops that can't be reached and that no route leads to any more, with the number of prefixes that did. */
  readonly unreached: FibStatus['waiting'];
  /** How many routes the kernel refused, and the first twenty of them. */
  readonly refused: number;
  readonly failed: readonly { readonly prefix: string; readonly reason: string }[];
  /** Foreign routes at the same prefix and metric: they stay, ours don't come in. */
  readonly conflicts: readonly { readonly prefix: string; readonly protocol: string }[];
  /** Foreign routes to prefixes of ours at another metric; the lower one has the traffic. */
  readonly beside: readonly Beside[];
  /** Since the start: what others did to routes of ours, all of it mended. */
  readonly differences: Readonly<Record<DifferenceKind, number>>;
  /** How long ago the last of them was noticed; null where there was none. */
  readonly lastDifferenceMs: number | null;
}

/** Next hops that are reached over other routes are looked up again after a while in which ours changed. In milliseconds. */
const RECURSIVE_DELAY = 1000;
/** The kernel's table is compared from time to time, for it does not tell of everything; at most a hundredth of the time goes into it. */
const PERIOD = 60_000;
const COMPARISON_SHARE = 100;
/** Nexthop objects that are written all the time are not waited for. */
const STOCK_ATTEMPTS = 8;

/**
 * The kernel's routing table, kept equal to what is wanted. Routes of ours bear our protocol number and our metric; no other
 * route is ever changed. When this ends, its routes stay (fail-static), and the next run takes them over.
 */
export class Fib {
  private readonly links = new Map<number, Link>();
  private readonly route = emptyRoute();
  private readonly probe = [new PrefixTable(4, 8), new PrefixTable(16, 8)] as const;
  private readonly conflicts: Conflicts;
  private readonly occupied = new Set<Item>();
  /** Deletes of leftovers of another metric, ready to be sent at the sweep. */
  private strays: Uint8Array[] = [];
  /** Why nexthop objects were refused, each told once. */
  private readonly refusals = new Set<string>();
  /** By next hop, how many prefixes led there when it was found that it can't be reached. */
  private readonly led = new Map<string, number>();
  private readonly targets: Targets;
  private readonly objects: NexthopObjects | undefined;
  private readonly events: FibEvents;
  private readonly ledger: Ledger;
  private readonly forms: FormCache;
  private readonly resolver: Resolver;
  private readonly writer: RouteWriter;
  private monitor!: Monitor;
  private readonly waiters: (() => void)[] = [];
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private dumps = 0;
  private comparisons: Promise<unknown> = Promise.resolve();
  private wrote = false;
  private closed = false;

  private constructor(
    private readonly owner: RouteOwner,
    private readonly socket: NetlinkSocket,
    private readonly lookups: NetlinkSocket,
    private readonly log: Log,
    hasObjects: boolean,
    private readonly tellNextHops: FibOptions['nextHops'],
  ) {
    this.resolver = new Resolver(lookups, this.links, { protocol: owner.protocol, route: this.ownRoute });
    if (hasObjects)
      this.objects = new NexthopObjects(owner.protocol, {
        refused: (group, reason) => this.groupRefused(group, reason),
        gone: (group) => this.writer.groupsGone([group]),
      });
    const { objects } = this;
    this.targets = new Targets(this.resolver.resolve, objects);
    this.forms = new FormCache(
      (form) => this.targets.internForm(form),
      (id) => objects?.group(id)?.form,
    );
    this.conflicts = new Conflicts(owner.metric, (item) => String(this.writer.prefixOf(item)), log);
    this.writer = new RouteWriter(socket, owner, this.targets, objects, {
      look: () => this.look(),
      occupied: (item) => this.inspect(item),
      done: (item) => this.done(item),
      refused: (item, failure) => this.refused(item, failure),
      idle: () => this.quiet(),
    });
    this.ledger = new Ledger((item) => String(this.writer.prefixOf(item)));
    const { links, route, conflicts, forms, ledger, resolver, targets, writer } = this;
    const later = (what: Later, delay: number) => this.later(what, delay);
    this.events = new FibEvents({
      owner,
      links,
      route,
      conflicts,
      forms,
      ledger,
      objects,
      resolver,
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
    } = options;
    const socket = NetlinkSocket.open();
    if (socket instanceof KernelError) return socket;
    const lookups = NetlinkSocket.open();
    if (lookups instanceof KernelError) {
      socket.close();
      return lookups;
    }
    const hasObjects = nexthopObjects && (await prepareObjects(log));
    const fib = new Fib({ table, metric, protocol }, socket, lookups, log, hasObjects, nextHops);
    const failed = await fib.start();
    if (failed) await fib.close();
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
    this.writer.mirrors[family].table.load(address, 0);
    this.setLoaded(family, length, target);
  }

  /** The same for an address that `load` writes as 32-bit words, most significant first: one for IPv4, four for IPv6. */
  setWords(family: AddressFamily, load: (into: Int32Array) => void, length: number, target: Target | undefined): void {
    const number = family === 'ipv4' ? 0 : 1;
    load(this.writer.mirrors[number].table.key);
    this.setLoaded(number, length, target);
  }

  /** When nothing is left to do for now; what the kernel refused is tried again later and not waited for. */
  settled(): Promise<void> {
    return this.busy ? new Promise((done) => this.waiters.push(done)) : Promise.resolve();
  }

  /** Everything that shall be there has been said: leftovers of the run before that nobody wanted are removed. */
  reconciled(): void {
    for (const family of [0, 1] as const)
      this.writer.mirrors[family].sweep((slot) => this.writer.enqueue(family, slot));
    for (const stray of this.strays) this.socket.send(stray);
    this.strays = [];
    this.targets.endGrace();
    this.writer.nudge();
  }

  /** Compares with what is in the kernel and mends what differs. */
  async resync(): Promise<void> {
    await this.compare(this.owner.protocol);
  }

  /** The same, foreign routes beside ours included; tells what was found when it is mended. */
  async check(): Promise<FibFinding | KernelError> {
    const found = await this.compare(0);
    await this.settled();
    return found;
  }

  /** One comparison after another: they mark what they saw. `protocol`: of the routes that are asked for; 0: all. */
  private compare(protocol: number): Promise<FibFinding | KernelError> {
    this.dumps++;
    const compared = this.comparisons.then(async () => {
      this.ledger.begin(performance.now());
      let failed: KernelError | undefined;
      await this.takeStock();
      for (const family of [0, 1] as const) if (!this.closed) failed ??= await this.resyncFamily(family, protocol);
      const found = this.ledger.end(performance.now());
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
    for (const family of [0, 1] as const) {
      const mirror = this.writer.mirrors[family];
      mirror.each((slot) => {
        this.writer.retarget(mirror.wanted(slot), 0, 0);
        if (mirror.want(slot, 0)) this.writer.enqueue(family, slot);
        else this.drop(slot * 2 + family);
      });
    }
    this.reconciled();
    await this.settled();
  }

  status(): FibStatus {
    let [wanted, installed, kept] = [0, 0, 0];
    for (const mirror of this.writer.mirrors)
      mirror.each((slot) => {
        if (mirror.wanted(slot) !== 0) {
          wanted++;
          if (mirror.desired(slot) !== 0 && mirror.step(slot) === 'none') installed++;
        } else if (mirror.installed(slot) !== ABSENT && mirror.step(slot) === 'none') kept++;
      });
    const { failures } = this.writer;
    return {
      ...this.owner,
      wanted,
      installed,
      kept: kept + this.strays.length,
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
      beside: this.ledger.examplesBeside((item) => this.writer.mirrors[item & 1].wanted(item >> 1) !== 0),
      differences: this.ledger.totals,
      lastDifferenceMs: this.ledger.lastAt === undefined ? null : performance.now() - this.ledger.lastAt,
    };
  }

  /** What is known of the way to every next hop that was ever wanted. */
  reaches(): readonly Reach[] {
    return this.resolver.reaches();
  }

  /** Ends the work; the routes stay. */
  async close(): Promise<void> {
    this.closed = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    await this.writer.close();
    this.monitor?.close();
    this.socket.close();
    this.lookups.close();
    for (const waiter of this.waiters.splice(0)) waiter();
  }

  private setLoaded(family: 0 | 1, length: number, target: Target | undefined): void {
    const mirror = this.writer.mirrors[family];
    const number = target === undefined ? 0 : this.targets.intern(target);
    const slot = number === 0 ? mirror.table.find(length) : mirror.slot(length);
    if (slot < 0) return;
    const before = mirror.wanted(slot);
    if (before === number && number !== 0) return;
    this.writer.retarget(before, number, mirror.installed(slot));
    if (this.resolver.hasNews) this.later('nextHops', 0);
    const item = slot * 2 + family;
    this.writer.forgive(item);
    if (mirror.want(slot, number)) this.writer.enqueue(family, slot);
    else if (number === 0) this.drop(item);
  }

  private get busy(): boolean {
    return (
      !this.closed &&
      (!this.writer.idle || this.dumps > 0 || ['resolve', 'resync', 'inspect'].some((what) => this.timers.has(what)))
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
    if (failed) return failed;
    await this.takeStock();
    for (const family of [0, 1] as const) {
      const error = await dump({
        what: 'our routes',
        type: TYPE.getRoute,
        payload: routeDumpRequest(familyNumber(family), this.owner.table, this.owner.protocol),
        visit: (bytes, one) => this.adopt(bytes, one, family),
      });
      if (error) return error;
    }
    this.later('periodic', PERIOD);
    return undefined;
  }

  /** Finds out which nexthop objects of ours the kernel has, and where they lead. */
  private async takeStock(): Promise<void> {
    const { objects, targets, writer } = this;
    if (!objects || this.closed) return;
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
      const gone = objects.found(found, targets.newGroupForm);
      for (const group of objects.all()) targets.adopt(group);
      for (const { routes } of gone) this.ledger.lost(routes);
      writer.groupsGone(gone);
      writer.nudge();
      return;
    }
  }

  private groupRefused(group: Group, reason: string): void {
    if (!this.refusals.has(reason))
      this.log('warn', `the kernel refuses a nexthop object: ${reason}; its routes are written one by one`);
    this.refusals.add(reason);
    for (const target of this.targets.groupRefused(group)) this.lookAt(new Set([target]));
  }

  private async resyncFamily(family: 0 | 1, protocol: number): Promise<KernelError | undefined> {
    const mirror = this.writer.mirrors[family];
    const found = (slot: number, before: number, now: number) =>
      this.ledger.note(slot * 2 + family, before, now, UNKNOWN_WRITER);
    const error = await dump({
      what: 'our routes',
      type: TYPE.getRoute,
      payload: routeDumpRequest(familyNumber(family), this.owner.table, protocol),
      begin: () => mirror.beginDump(),
      visit: (bytes, one) => this.dumped(bytes, one, family, found),
    });
    if (!error && !this.closed) mirror.endDump((slot) => this.writer.enqueue(family, slot), found);
    return error;
  }

  private tellFinding({ missing, extra, different, examples }: FibFinding): void {
    if (missing + extra + different === 0) return;
    const [first] = examples,
      example = first ? `, such as ${first.prefix} (${first.kind})` : '';
    const counts = `${missing} missing, ${extra} extra, ${different} different`;
    this.log('warn', `the kernel differed from what was put there: ${counts}${example}; mended`);
  }

  private adopt(bytes: Uint8Array, one: Message, family: 0 | 1): void {
    if (!this.events.reads(bytes, one) || this.route.protocol !== this.owner.protocol) return;
    if (this.route.priority !== this.owner.metric) {
      this.stray(bytes, family);
      return;
    }
    const mirror = this.writer.mirrors[family];
    mirror.table.load(bytes, this.route.destination);
    mirror.adopt(mirror.slot(this.route.length), this.forms.read(bytes, this.route));
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
    if (!this.events.reads(bytes, one)) return;
    const { route, owner } = this,
      mirror = this.writer.mirrors[family];
    const isOwn = route.protocol === owner.protocol;
    if (isOwn && route.priority !== owner.metric) return;
    mirror.table.load(bytes, route.destination);
    if (!isOwn) {
      const slot = mirror.table.find(route.length);
      if (slot < 0) return;
      if (route.priority === owner.metric) this.conflicts.add(slot * 2 + family, route.protocol);
      else this.ledger.beside(slot * 2 + family, route.protocol, route.priority, true);
      return;
    }
    this.ledger.route();
    const slot = mirror.slot(route.length);
    if (mirror.dumped(slot, this.forms.read(bytes, route), found)) this.writer.enqueue(family, slot);
  }

  /** The hops of a route of ours on the way to a next hop; a route must not be used to reach what it needs itself. */
  private ownRoute = (route: RouteView, bytes: Uint8Array, read: Form, address: IpAddress): Form | Reason => {
    const group = this.objects?.group(route.nexthopId),
      form = group ? this.targets.form(group.form) : read;
    const direct = form.hops.filter(({ gateway }) => gateway?.equals(address));
    if (direct.length > 0) return { ...form, hops: direct }; // it was on its own link when that route was made
    const mirror = this.writer.mirrors[route.family === FAMILY.ipv4 ? 0 : 1];
    mirror.table.load(bytes, route.destination);
    const slot = mirror.table.find(route.length);
    const wanted = slot < 0 ? 0 : mirror.wanted(slot);
    const target = wanted === 0 ? undefined : this.targets.target(wanted);
    const itself = typeof target === 'object' && target.via.some((hop) => hop.address?.equals(address));
    return itself ? `next hop ${address} is reached only through a route that needs it` : form;
  };

  private resolveAgain(): void {
    this.wrote = false;
    this.resolver.forget();
    const changed = this.targets.refresh();
    if (changed.size > 0) this.lookAt(changed);
    if (this.resolver.hasNews) this.later('nextHops', 0);
    this.writer.retry();
    this.writer.nudge();
  }

  /** Routes of these targets may need to be written. */
  private lookAt(changed: ReadonlySet<number>): void {
    for (const family of [0, 1] as const) {
      const mirror = this.writer.mirrors[family];
      mirror.each((slot) => {
        if (changed.has(mirror.wanted(slot)) && mirror.step(slot) !== 'none') this.writer.enqueue(family, slot);
      });
    }
  }

  private tellOfNextHops(): void {
    const news = this.resolver.takeNews();
    for (const { address, reachable } of news)
      if (reachable) this.led.delete(String(address));
      else this.led.set(String(address), this.targets.usersOf(address));
    this.tellNextHops?.(news);
  }

  /** Next hops that were given up because they can't be reached: nobody leads routes there now. */
  private givenUp(): FibStatus['waiting'] {
    return this.resolver
      .reaches()
      .filter(({ address, reachable }) => !reachable && this.targets.usersOf(address) === 0)
      .map(({ address, reason }) => {
        const target = String(address);
        return { target, reason, prefixes: this.led.get(target) ?? 0 };
      });
  }

  /** Learns what the kernel has told, before a batch is made: a route that was lost with its link goes to where next hops are now. */
  private look(): void {
    this.monitor.drain();
    if (!this.timers.has('resolve')) return;
    clearTimeout(this.timers.get('resolve'));
    this.timers.delete('resolve');
    this.resolveAgain();
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
          const mirror = this.writer.mirrors[family];
          mirror.table.load(bytes, this.route.destination);
          const slot = mirror.table.find(this.route.length);
          if (slot < 0 || !asked.has(slot * 2 + family)) return;
          if (this.route.protocol === this.owner.protocol)
            this.writer.disturb(family, slot, this.forms.read(bytes, this.route));
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
      this.log('warn', `${this.writer.prefixOf(item)}: the kernel refuses the route: ${reason}`);
    if (size === EXAMPLES + 1) this.log('warn', 'the kernel refuses more routes; the status counts them');
  }

  private done(item: Item): void {
    this.wrote = true;
    this.conflicts.remove(item);
  }

  /** Nobody wants it and the kernel has it not: its number will be given again, so nothing may remember it. */
  private drop(item: Item): void {
    this.conflicts.remove(item);
    this.ledger.forget(item);
    this.writer.release(item);
  }

  private quiet(): void {
    if (!this.busy) for (const waiter of this.waiters.splice(0)) waiter();
    // Our own routes may have a part in reaching a next hop.
    if (this.wrote && this.resolver.recursive) this.later('recursive', RECURSIVE_DELAY);
  }

  /** Does something once for a swarm of reasons. */
  private later(what: Later, delay: number): void {
    if (this.closed || this.timers.has(what)) return;
    const timer = setTimeout(() => {
      this.timers.delete(what);
      if (what === 'resync' || what === 'periodic') void this.resync();
      else if (what === 'inspect') void this.inspectNow();
      else if (what === 'nextHops') this.tellOfNextHops();
      else {
        this.resolveAgain();
        this.quiet();
      }
    }, delay);
    if (what === 'periodic') timer.unref();
    this.timers.set(what, timer);
  }
}

const familyNumber = (family: 0 | 1): number => (family === 0 ? FAMILY.ipv4 : FAMILY.ipv6);

/** Whether the kernel has nexthop objects; says what it costs where it has them not, or not as they should be. */
async function prepareObjects(log: Log): Promise<boolean> {
  const error = await dumpNexthops([]);
  if (error) {
    log('warn', `no nexthop objects (${error}): when a next hop goes, each of its routes is rewritten on its own`);
    return false;
  }
  const mode = setCompactNexthops();
  if (mode) log('warn', `${mode}: when a next hop moves, the kernel goes through all its routes, 1 s for a million`);
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
