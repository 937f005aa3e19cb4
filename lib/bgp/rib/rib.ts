/*
 * The routing information base (RFC 4271 section 3.2), by the phases of section 9.1: `adj-rib-in` takes UPDATEs and
 * says which paths may be used (phase 1), `loc-rib` chooses the best one (phase 2), `adj-rib-out` advertises it (phase
 * 3). These are not three copies: a prefix has a chain of paths, each with its pre-policy and its post-policy
 * attributes, the best first; what was advertised to a peer is one bit. Here is what the speaker asks for.
 */
import type { IpAddress } from '../../model/address';
import type { HashKey } from '../../model/keyed-hash';
import type { Prefix } from '../../model/prefix';
import type { WireContext } from '../wire/context';
import type { Family } from '../wire/family';
import type { PathAttributes } from '../wire/path-attributes';
import { UpdateSplit } from '../wire/update';
import type { UpdateVerdict } from '../wire/verdict';
import { AdjRibIn } from './adj-rib-in/adj-rib-in';
import { AttributeIntern, type OriginAttributes } from './adj-rib-in/attribute-intern';
import { Eligibility } from './adj-rib-in/eligibility';
import { isOfNextHop } from './adj-rib-in/ineligibility';
import { type Bounds, type ReceivedRoutes, receivedBy } from './adj-rib-in/received-routes';
import { markReflectionLoops, wasReflected } from './adj-rib-in/reflection-loop';
import { RefusalBook, type RefusedRoutes } from './adj-rib-in/refusals';
import { UpdateHandling } from './adj-rib-in/update-handling';
import { AdjRibOut } from './adj-rib-out/adj-rib-out';
import type { LocalInterface } from './adj-rib-out/own-next-hop';
import type { LinkSubnet } from './link-subnet';
import { LOCAL, LocRib } from './loc-rib/loc-rib';
import { Reachability, type UnreachablePrefix } from './loc-rib/reachability';
import { Recursion } from './loc-rib/recursion';
import type { BestRouteChange } from './loc-rib/route-change';
import { LocalAddresses } from './local-addresses';
import { type NextHopChange, NextHopTracking } from './next-hop-tracking';
import { FAMILY_BY_INDEX, type RibPeer, type RouteCounts } from './peer';
import { RibPeers } from './peers';
import { RouteEntries, type RouteEntry, type RouteFilter } from './route-entries';
import { RouteMemory } from './route-memory';
import { ChangeLog } from './table/change-log';
import type { NextHopQuestions } from './table/next-hop-table';
import { PATH, PATH_PRE_POLICY } from './table/path-table';
import { IPV4, IPV6 } from './table/prefix-table';
import { type Reevaluate, TableWalks } from './table-walk';
import { RibTables } from './tables';

export type { OriginAttributes } from './adj-rib-in/attribute-intern';
export type { Ineligibility } from './adj-rib-in/ineligibility';
export type { RefusedRoutes } from './adj-rib-in/refusals';
export type { LinkSubnet } from './link-subnet';
export type { BestRouteChange } from './loc-rib/route-change';
export type { RibPeer, RouteCounts } from './peer';
export type { PathReason, RouteEntry } from './route-entries';
export type { RouteHop } from './route-hop';
export type { NextHopQuestions, NextHopState } from './table/next-hop-table';

interface RibOptions {
  /** BGP Identifier of this node, 32 bits. */
  readonly routerId: number;
  /** CLUSTER_ID of this node as a reflector, 32 bits; absent: the router id (RFC 4456 section 7). */
  readonly clusterId?: number;
  /** How many paths of equal cost a change may name; absent: 1. */
  readonly multipath?: number;
  /** Most octets of memory that all routes may take, see {@link RouteMemory}; absent: no limit. */
  readonly maxRouteMemory?: number;
  /** A secret one keeps outsiders from choosing what collides in the tables; absent: a known one. */
  readonly hashKey?: HashKey;
  /**
   * Next hops are reachable once somebody said so: see {@link Rib.questions}. Absent: until somebody says that they are
   * not.
   */
  readonly asksNextHops?: boolean;
}

/** What is long may be done later: of a large table most goes with the calls of {@link Rib.work} that follow. */
interface Pace {
  readonly later?: boolean;
}

export class Rib {
  readonly memory: RouteMemory;
  /** The tables, for questions that change nothing: see the folder query. */
  readonly tables: RibTables;
  private readonly intern: AttributeIntern;
  private readonly eligibility: Eligibility;
  private readonly refusals: RefusalBook;
  private readonly adjRibIn: AdjRibIn;
  private readonly updates: UpdateHandling;
  private readonly locRib: LocRib;
  private readonly adjRibOut: AdjRibOut;
  private readonly walks: TableWalks;
  private readonly local: LocalAddresses;
  private readonly tracking: NextHopTracking;
  private readonly peers: RibPeers;
  private readonly entries: RouteEntries;

  constructor({ routerId, clusterId = routerId, multipath = 1, ...options }: RibOptions) {
    const tables = new RibTables(options.hashKey, options.asksNextHops);
    const bestLog = new ChangeLog(tables.prefixes);
    const pathLog = new ChangeLog(tables.prefixes, false);
    const recursion = new Recursion(tables);
    const split = new UpdateSplit();
    const intern = new AttributeIntern(tables, split);
    const eligibility = new Eligibility(tables, intern, recursion);
    const refusals = new RefusalBook(tables);
    const locRib = new LocRib(tables, bestLog, recursion, multipath);
    const adjRibIn = new AdjRibIn(tables, locRib, pathLog, eligibility, refusals);
    const adjRibOut = new AdjRibOut(tables, bestLog, pathLog);
    const walks = new TableWalks(tables.prefixes);
    const reevaluate: Reevaluate = (...of) => this.peers.reevaluate(...of);
    const local = new LocalAddresses(tables, reevaluate);
    tables.routerId = routerId >>> 0;
    tables.clusterId = clusterId >>> 0;
    this.tables = tables;
    this.intern = intern;
    this.eligibility = eligibility;
    this.refusals = refusals;
    this.locRib = locRib;
    this.adjRibIn = adjRibIn;
    this.adjRibOut = adjRibOut;
    this.walks = walks;
    this.local = local;
    this.updates = new UpdateHandling(tables, split, intern, eligibility, adjRibIn, refusals);
    this.tracking = new NextHopTracking(tables, adjRibIn, reevaluate);
    this.peers = new RibPeers(tables, local, walks, adjRibIn, adjRibOut, refusals);
    this.entries = new RouteEntries(tables, locRib, eligibility, intern);
    this.memory = new RouteMemory(tables, () => walks.leaving(), options.maxRouteMemory);
  }

  /** The time from now on, milliseconds of the speaker's clock: what comes has this age. */
  set now(ms: number) {
    this.tables.paths.now = Math.floor(ms / 1000);
  }

  // ---- Peers

  /** A new neighbour; its session is down. Returns its number: small, from 1 on, free again after `removePeer`. */
  addPeer(config: RibPeer): number {
    return this.peers.add(config);
  }

  /**
   * Another configuration for a neighbour. What it changes is evaluated again, in and out; the session stays up and
   * routes stay known.
   */
  changePeer(id: number, config: RibPeer, { later = false }: Pace = {}): void {
    this.peers.change(id, config, later);
  }

  /** What is known of a peer; undefined where the number stands for none. */
  peer(id: number): RibPeer | undefined {
    return this.tables.peers[id]?.config;
  }

  /** Forgets a neighbour and all its routes. */
  removePeer(id: number, { later = false }: Pace = {}): void {
    this.peers.remove(id, later);
  }

  /** The session is Established: the whole table becomes due, then End-of-RIB for each family. */
  peerUp(id: number, context: WireContext & { readonly peerRouterId: number }): void {
    this.peers.up(id, context);
  }

  /**
   * The session is gone. Its routes go too, at the latest when the neighbour is up again, or stay as stale ones (RFC
   * 4724 section 4.2) until `sweepStale`; those that were stale already go, but for `keepsStale`: the end of the
   * session cut off a refresh, or came of a new configuration.
   */
  peerDown(
    id: number,
    { retain, later = false, keepsStale = false }: Pace & { readonly retain: boolean; readonly keepsStale?: boolean },
  ): void {
    this.peers.down(id, { retain, later, keepsStale });
  }

  /**
   * The neighbour begins to send all routes of a family again (RFC 7313 section 4): those that it has not repeated go
   * with `sweepStale`.
   */
  markStale(id: number, family: Family): void {
    this.peers.markStale(id, family);
  }

  /** Removes the routes that the neighbour has not repeated since its restart, of one family or of all. */
  sweepStale(id: number, family?: Family, { later = false }: Pace = {}): void {
    this.peers.sweepStale(id, family, later);
  }

  /** Whether something was put off: call {@link work}. */
  get hasWork(): boolean {
    return this.walks.isDue;
  }

  /** Continues with what was put off, over `count` prefixes of the table. */
  work(count: number): void {
    this.peers.arrange();
    this.walks.work(count);
  }

  /** Whether the neighbour has sent the End-of-RIB of a family since it came up. */
  endOfRibSeen(id: number, family: Family): boolean {
    return this.peers.get(id).endOfRibSeen[FAMILY_BY_INDEX.indexOf(family)];
  }

  /**
   * Families of a session that is up whose routes cannot have this node as their next hop: those that need it are not
   * advertised.
   */
  lacksNextHop(id: number): Family[] {
    const { context, self } = this.peers.get(id);
    return FAMILY_BY_INDEX.filter((family, index) => context?.families.has(family) && self[index] === undefined);
  }

  /** How many routes a neighbour has sent and not taken back. */
  received(id: number): number {
    return this.peers.get(id).paths;
  }

  /** Whether the neighbour has sent more prefixes than it may. */
  limitReached(id: number): boolean {
    const { config, paths } = this.peers.get(id);
    return config.maxPrefixes !== undefined && paths > config.maxPrefixes;
  }

  /** How many routes a neighbour sent, how many of them may be used, and how many were advertised to it, by family. */
  counts(id: number): Record<Family, RouteCounts> {
    const peer = this.peers.get(id);
    return { 'ipv4 unicast': peer.counts(IPV4), 'ipv6 unicast': peer.counts(IPV6) };
  }

  // ---- Routes in

  /** See {@link UpdateHandling.take}. */
  update(id: number, bytes: Uint8Array, start: number, end: number): UpdateVerdict {
    this.peers.arrange();
    return this.updates.take(this.peers.get(id), bytes, start, end);
  }

  /** This node originates a route; a second time: with these attributes from now on. */
  originate(prefix: Prefix, attributes: OriginAttributes = {}): void {
    const set = this.intern.own(attributes, prefix.family === 'ipv6');
    this.adjRibIn.put(LOCAL, undefined, this.tables.prefixes.id(prefix, true), 0, set, set);
    this.tables.attributes.release(set);
  }

  /** This node originates a route no longer. */
  withdrawOrigin(prefix: Prefix): void {
    const id = this.tables.prefixes.id(prefix, false);
    if (id !== 0) this.adjRibIn.drop(LOCAL, undefined, id, 0);
  }

  /**
   * What is known of the ways to next hops from now on. Give all changes in one call: routes are evaluated again once,
   * those that wait for an answer at once in any case.
   */
  setNextHops(changes: Iterable<NextHopChange>, { later = false }: Pace = {}): void {
    this.tracking.set(changes, later);
  }

  /** Whether {@link questions} has any. */
  get hasQuestions(): boolean {
    return this.tables.nextHops.hasQuestions;
  }

  /**
   * The next hops whose ways are to be asked for, to be given to {@link setNextHops} now and whenever they change, and
   * those that are gone.
   */
  questions(): NextHopQuestions {
    return this.tables.nextHops.questions();
  }

  /** The addresses of all next hops that were asked for, or will be. */
  nextHops(): IpAddress[] {
    return this.tables.nextHops.asked();
  }

  /** How many paths there are, used or not, by the address of their next hop; of these addresses alone. */
  pathsBy(addresses: readonly IpAddress[]): Map<string, number> {
    return this.tracking.pathsBy(addresses);
  }

  /**
   * The links of this node from now on: a link-local next hop of a neighbour is on the one that the neighbour is on
   * (RFC 4007), and may not be used where it is on none.
   */
  setLinks(links: readonly LinkSubnet[]): void {
    this.local.setLinks(links);
  }

  /** The interfaces of this node from now on: a next hop that is an address of one may not be used. */
  setInterfaces(interfaces: readonly LocalInterface[]): void {
    this.local.setInterfaces(interfaces);
  }

  /** Whether routes became ineligible in a way that people should know of: see {@link takeRefusals}. */
  get hasRefusals(): boolean {
    return !this.refusals.isEmpty;
  }

  /** By neighbour, what of its routes became ineligible since this was asked last. */
  takeRefusals(): Map<number, RefusedRoutes[]> {
    return this.refusals.take();
  }

  /** How many paths of equal cost a change may name from now on; prefixes that have several paths change then. */
  setMultipath(paths: number, { later = false }: Pace = {}): void {
    const locRib = this.locRib;
    if (paths === locRib.multipath) return;
    locRib.multipath = paths;
    this.peers.arrange();
    const visit = (from: number, to: number): boolean => {
      for (let id = from; id < to; id++) locRib.retake(id);
      return false;
    };
    this.walks.start({ visit, reason: 'multipath' }, later);
  }

  /**
   * CLUSTER_ID of this node from now on: another one makes other loops, and what this node reflects is advertised
   * again.
   */
  setClusterId(id: number, { later = false }: Pace = {}): void {
    const clusterId = id >>> 0;
    const tables = this.tables;
    if (clusterId === tables.clusterId) return;
    tables.clusterId = clusterId;
    this.identify('cluster id', later);
    if (tables.peers.some((peer) => peer?.config.routeReflectorClient)) this.peers.readvertiseReflected();
  }

  /** BGP identifier of this node from now on, and others that neighbours know it by: another one makes other loops. */
  setRouterId(id: number, others: readonly number[] = [], { later = false }: Pace = {}): void {
    const routerId = id >>> 0;
    const tables = this.tables;
    if (routerId === tables.routerId && others.join() === tables.otherRouterIds.join()) return;
    tables.routerId = routerId;
    tables.otherRouterIds = others.map((other) => other >>> 0);
    this.identify('router id', later);
  }

  /** What came over a reflector is evaluated by another identifier of this node. */
  private identify(reason: string, later: boolean): void {
    const { attributes, paths } = this.tables;
    markReflectionLoops(attributes, this.tables);
    const concerns = (path: number) => wasReflected(attributes, paths.paths[path * PATH + PATH_PRE_POLICY]);
    this.peers.reevaluate(reason, concerns, later);
  }

  // ---- Routes out

  /** Whether something may have to be advertised to a neighbour: call `takeOutput`. */
  hasOutput(id: number): boolean {
    return this.adjRibOut.isDue(this.peers.get(id));
  }

  /**
   * The next UPDATE messages for a neighbour, whole ones, of about `maxBytes` at most; undefined where there is nothing
   * (more) to say.
   */
  takeOutput(id: number, maxBytes: number): Uint8Array | undefined {
    return this.adjRibOut.take(this.peers.get(id), maxBytes);
  }

  /**
   * The neighbour asks for everything of a family again (RFC 2918); `enhanced`: with marks before and behind (RFC
   * 7313).
   */
  refreshRequested(id: number, family: Family, enhanced = false): void {
    this.adjRibOut.refresh(this.peers.get(id), FAMILY_BY_INDEX.indexOf(family), enhanced);
  }

  /** Whether there are changes to take. */
  get hasChanges(): boolean {
    return this.locRib.hasChanges;
  }

  /** Every prefix with a route is to be taken again, by somebody who knows none. */
  showAll(): void {
    this.locRib.showAll();
  }

  /** See {@link LocRib.takeChange}. */
  takeChange(): BestRouteChange | undefined {
    return this.locRib.takeChange();
  }

  /** All prefixes with their paths, in no order; for status. */
  routes(filter: RouteFilter = {}): Generator<RouteEntry> {
    return this.entries.all(filter);
  }

  /** The prefixes that neighbours give a usable path to now. */
  reached(): Reachability {
    return Reachability.now(this.tables.prefixes, this.tables.paths);
  }

  /**
   * Of these, from one place to another, the prefixes that no neighbour but those `without` gives a usable path to any
   * more.
   */
  lost(reached: Reachability, without: ReadonlySet<number>, from: number, to: number): UnreachablePrefix[] {
    return [...reached.lost(this.tables.prefixes, this.tables.paths, without, from, to)];
  }

  /**
   * What neighbours have sent, before policy, as far as bounds allow; it pauses after each stride of the table. Routes
   * whose next hop is not reached are left out.
   */
  receivedBy(ids: readonly number[], bounds: Bounds): Generator<undefined, Map<number, ReceivedRoutes>> {
    const isUnreached = (id: number, set: number, prefix: number) => {
      const peer = this.tables.peers[id];
      const why = peer && this.eligibility.ineligibility(peer, set, prefix);
      return why !== undefined && (why === 'next-hop-recursive' || isOfNextHop(why));
    };
    const wanted = ids.map((peer) => ({ peer, received: this.peers.get(peer).received }));
    return receivedBy(this.tables, isUnreached, wanted, bounds);
  }

  /** The attributes of a set. */
  attributesOf(set: number): PathAttributes {
    return this.intern.attributes(set);
  }

  /** How much there is in the tables. */
  get size(): Readonly<Record<'prefixes' | 'paths' | 'attributeSets' | 'nextHops', number>> {
    const { prefixes, paths, attributes, nextHops } = this.tables;
    return {
      prefixes: prefixes.count,
      paths: paths.count,
      attributeSets: attributes.count,
      nextHops: nextHops.count,
    };
  }
}
