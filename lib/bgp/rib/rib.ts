/*
 * The routing information base (RFC 4271 section 3.2), by the phases of section 9.1: `adj-rib-in` processes UPDATEs and
 * decides which paths are usable (phase 1), `loc-rib` selects the best one (phase 2), `adj-rib-out` advertises it
 * (phase 3). These are not three copies: a prefix has a chain of paths, each with its pre-policy and post-policy
 * attributes, the best first; its advertisement to a peer is one bit. This is the interface for the speaker.
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
import { OwnIdentifiers } from './own-identifiers';
import { FAMILY_BY_INDEX, type RibPeer, type RouteCounts } from './peer';
import { RibPeers } from './peers';
import { RouteEntries, type RouteEntry, type RouteFilter } from './route-entries';
import { RouteMemory } from './route-memory';
import { ChangeLog } from './table/change-log';
import type { NextHopQuestions } from './table/next-hop-table';
import { IPV4, IPV6 } from './table/prefix-table';
import { type Reevaluate, TableWalks } from './table-walk';
import { RibTables } from './tables';

export type { OriginAttributes } from './adj-rib-in/attribute-intern';
export type { RefusedRoutes } from './adj-rib-in/refusals';
export type { LinkSubnet } from './link-subnet';
export type { BestRouteChange } from './loc-rib/route-change';
export type { RibPeer } from './peer';
export type { PathReason, RouteEntry } from './route-entries';
export type { RouteHop } from './route-hop';
export type { NextHopState } from './table/next-hop-table';

interface RibOptions {
  /** BGP Identifier of this node, 32 bits. */
  readonly routerId: number;
  /** CLUSTER_ID of this node as a reflector, 32 bits. Default: the router id (RFC 4456 section 7). */
  readonly clusterId?: number;
  /** Maximum number of equal-cost paths in a change. Default: 1. */
  readonly multipath?: number;
  /** Maximum octets of memory for all routes, see {@link RouteMemory}. Default: no limit. */
  readonly maxRouteMemory?: number;
  /** A secret key keeps outsiders from choosing collisions in the tables. Default: a known one. */
  readonly hashKey?: HashKey;
  /**
   * Next hops are unreachable until reported reachable: see {@link Rib.questions}. Default: reachable until reported
   * otherwise.
   */
  readonly asksNextHops?: boolean;
}

/** Whether long work may be deferred: for a large table most of it is done in later calls of {@link Rib.work}. */
interface Pace {
  readonly later?: boolean;
}

export class Rib {
  readonly memory: RouteMemory;
  /** The tables, for read-only queries: see the folder query. */
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
  private readonly identifiers: OwnIdentifiers;
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
    this.identifiers = new OwnIdentifiers(tables, reevaluate, () => this.peers.readvertiseReflected());
    this.entries = new RouteEntries(tables, locRib, eligibility, intern);
    this.memory = new RouteMemory(tables, () => walks.leaving(), options.maxRouteMemory);
  }

  /** Sets the time, milliseconds of the speaker's clock, which new routes get as their age. */
  set now(ms: number) {
    this.tables.paths.now = Math.floor(ms / 1000);
  }

  // ---- Peers

  /** Adds a neighbour, whose session is down. Returns its number: small, from 1, reused after `removePeer`. */
  addPeer(config: RibPeer): number {
    return this.peers.add(config);
  }

  /**
   * Changes the configuration of a neighbour. Affected routes are evaluated again in both directions; the session stays
   * up and routes stay known.
   */
  changePeer(id: number, config: RibPeer, { later = false }: Pace = {}): void {
    this.peers.change(id, config, later);
  }

  /** A peer's configuration; undefined if there is none with this number. */
  peer(id: number): RibPeer | undefined {
    return this.tables.peers[id]?.config;
  }

  /** Removes a neighbour and all its routes. */
  removePeer(id: number, { later = false }: Pace = {}): void {
    this.peers.remove(id, later);
  }

  /** The session is Established: the whole table is to be sent, then End-of-RIB for each family. */
  peerUp(id: number, context: WireContext & { readonly peerRouterId: number }): void {
    this.peers.up(id, context);
  }

  /**
   * The session is gone. Its routes are removed, at the latest when the neighbour is up again, or retained as stale
   * (RFC 4724 section 4.2) until `sweepStale`; those already stale are removed, unless `keepsStale`: the session ended
   * during a refresh, or because of a new configuration.
   */
  peerDown(
    id: number,
    { retain, later = false, keepsStale = false }: Pace & { readonly retain: boolean; readonly keepsStale?: boolean },
  ): void {
    this.peers.down(id, { retain, later, keepsStale });
  }

  /**
   * The neighbour begins to resend all routes of a family (RFC 7313 section 4): those not repeated are removed by
   * `sweepStale`.
   */
  markStale(id: number, family: Family): void {
    this.peers.markStale(id, family);
  }

  /** Removes the routes that the neighbour has not repeated since its restart, of one family or of all. */
  sweepStale(id: number, family?: Family, { later = false }: Pace = {}): void {
    this.peers.sweepStale(id, family, later);
  }

  /** Whether work was deferred: call {@link work}. */
  get hasWork(): boolean {
    return this.walks.isDue;
  }

  /** Continues deferred work, over `count` prefixes of the table. */
  work(count: number): void {
    this.peers.arrange();
    this.walks.work(count);
  }

  /** Whether the neighbour has sent the End-of-RIB of a family since it came up. */
  endOfRibSeen(id: number, family: Family): boolean {
    return this.peers.get(id).endOfRibSeen[FAMILY_BY_INDEX.indexOf(family)];
  }

  /**
   * Families of an established session whose routes cannot have this node as next hop: those that need it are not
   * advertised.
   */
  lacksNextHop(id: number): Family[] {
    const { context, self } = this.peers.get(id);
    return FAMILY_BY_INDEX.filter((family, index) => context?.families.has(family) && self[index] === undefined);
  }

  /** Number of routes from a neighbour. */
  received(id: number): number {
    return this.peers.get(id).paths;
  }

  /** Whether the neighbour exceeds its prefix limit. */
  limitReached(id: number): boolean {
    const { config, paths } = this.peers.get(id);
    return config.maxPrefixes !== undefined && paths > config.maxPrefixes;
  }

  /** Number of routes received from a neighbour, usable, and advertised to it, by family. */
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

  /** Originates a route, or changes its attributes. */
  originate(prefix: Prefix, attributes: OriginAttributes = {}): void {
    const set = this.intern.own(attributes, prefix.family === 'ipv6');
    this.adjRibIn.put(LOCAL, undefined, this.tables.prefixes.id(prefix, true), 0, set, set);
    this.tables.attributes.release(set);
  }

  /** Withdraws a route that this node originates. */
  withdrawOrigin(prefix: Prefix): void {
    const id = this.tables.prefixes.id(prefix, false);
    if (id !== 0) this.adjRibIn.drop(LOCAL, undefined, id, 0);
  }

  /**
   * Reports changes of the reachability of next hops. Pass all changes in one call: routes are evaluated again once,
   * and those waiting for an answer always immediately.
   */
  setNextHops(changes: Iterable<NextHopChange>, { later = false }: Pace = {}): void {
    this.tracking.set(changes, later);
  }

  /** Whether {@link questions} has any. */
  get hasQuestions(): boolean {
    return this.tables.nextHops.hasQuestions;
  }

  /**
   * The next hops to track, to be reported through {@link setNextHops} now and on every change, and those no longer
   * needed.
   */
  questions(): NextHopQuestions {
    return this.tables.nextHops.questions();
  }

  /** The addresses of all next hops that have been or will be queried. */
  nextHops(): IpAddress[] {
    return this.tables.nextHops.asked();
  }

  /** Number of paths, used or not, by next hop address; only for these addresses. */
  pathsBy(addresses: readonly IpAddress[]): Map<string, number> {
    return this.tracking.pathsBy(addresses);
  }

  /**
   * Sets the links of this node: a neighbour's link-local next hop is on the neighbour's link (RFC 4007), and is
   * unusable if there is none.
   */
  setLinks(links: readonly LinkSubnet[]): void {
    this.local.setLinks(links);
  }

  /** Sets the interfaces of this node: their addresses are not usable as next hops. */
  setInterfaces(interfaces: readonly LocalInterface[]): void {
    this.local.setInterfaces(interfaces);
  }

  /** Whether routes became ineligible in a way to be reported: see {@link takeRefusals}. */
  get hasRefusals(): boolean {
    return !this.refusals.isEmpty;
  }

  /** The routes that became ineligible since the last call, by neighbour. */
  takeRefusals(): Map<number, RefusedRoutes[]> {
    return this.refusals.take();
  }

  /** Sets the maximum number of equal-cost paths in a change; prefixes with several paths then change. */
  setMultipath(paths: number, { later = false }: Pace = {}): void {
    if (paths === this.locRib.multipath) return;
    this.locRib.multipath = paths;
    this.peers.arrange();
    this.walks.start({ visit: (from, to) => this.locRib.retake(from, to), reason: 'multipath' }, later);
  }

  /** Sets the CLUSTER_ID of this node: loops change, and reflected routes are advertised again. */
  setClusterId(id: number, { later = false }: Pace = {}): void {
    this.identifiers.setClusterId(id, later);
  }

  /** Sets the BGP identifier of this node, and others by which neighbours know it: loops change. */
  setRouterId(id: number, others: readonly number[] = [], { later = false }: Pace = {}): void {
    this.identifiers.setRouterId(id, others, later);
  }

  // ---- Routes out

  /** Whether a neighbour may have output: call `takeOutput`. */
  hasOutput(id: number): boolean {
    return this.adjRibOut.isDue(this.peers.get(id));
  }

  /**
   * The next complete UPDATE messages for a neighbour, about `maxBytes` at most; undefined if there is nothing (more)
   * to send.
   */
  takeOutput(id: number, maxBytes: number): Uint8Array | undefined {
    return this.adjRibOut.take(this.peers.get(id), maxBytes);
  }

  /** The neighbour requests a refresh of a family (RFC 2918); `enhanced`: with markers before and after (RFC 7313). */
  refreshRequested(id: number, family: Family, enhanced = false): void {
    this.adjRibOut.refresh(this.peers.get(id), FAMILY_BY_INDEX.indexOf(family), enhanced);
  }

  /** Whether there are changes to take. */
  get hasChanges(): boolean {
    return this.locRib.hasChanges;
  }

  /** Reports every prefix with a route again, for a consumer that has none. */
  showAll(): void {
    this.locRib.showAll();
  }

  /** See {@link LocRib.takeChange}. */
  takeChange(): BestRouteChange | undefined {
    return this.locRib.takeChange();
  }

  /** All prefixes with their paths, in no particular order; for status. */
  routes(filter: RouteFilter = {}): Generator<RouteEntry> {
    return this.entries.all(filter);
  }

  /** The prefixes with a usable path from a neighbour now. */
  reached(): Reachability {
    return Reachability.now(this.tables.prefixes, this.tables.paths);
  }

  /** Of these, within a range, the prefixes without a usable path from neighbours other than `without`. */
  lost(reached: Reachability, without: ReadonlySet<number>, from: number, to: number): UnreachablePrefix[] {
    return [...reached.lost(this.tables.prefixes, this.tables.paths, without, from, to)];
  }

  /**
   * The routes received from neighbours, before policy, within limits; yields after each stride of the table. Routes
   * with an unreachable next hop are left out.
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

  /** The size of the tables. */
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
