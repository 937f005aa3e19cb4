/*
 * The routing information base (RFC 4271 section 3.2), by the phases of section 9.1: `adj-rib-in` processes UPDATEs and
 * decides which paths are usable (phase 1), `loc-rib` selects the best one (phase 2), `adj-rib-out` advertises it
 * (phase 3). These are not three copies: a prefix has a chain of paths, each with its pre-policy and post-policy
 * attributes, the best first; its advertisement to a peer is one bit. This is the interface for the speaker.
 */
import type { HashKey } from '../../model/keyed-hash';
import type { Prefix } from '../../model/prefix';
import type { WireContext } from '../wire/context';
import type { Family } from '../wire/family';
import { UpdateSplit } from '../wire/update';
import type { UpdateVerdict } from '../wire/verdict';
import { AdjRibIn } from './adj-rib-in/adj-rib-in';
import { AttributeIntern, type OriginAttributes } from './adj-rib-in/attribute-intern';
import { Eligibility } from './adj-rib-in/eligibility';
import { RefusalBook, type RefusedRoutes } from './adj-rib-in/refusals';
import { UpdateHandling } from './adj-rib-in/update-handling';
import { AdjRibOut } from './adj-rib-out/adj-rib-out';
import type { LocalInterface } from './adj-rib-out/own-next-hop';
import type { LinkSubnet } from './link-subnet';
import { LOCAL, LocRib } from './loc-rib/loc-rib';
import { Recursion } from './loc-rib/recursion';
import type { BestRouteChange } from './loc-rib/route-change';
import { LocalAddresses } from './local-addresses';
import { type NextHopChange, NextHopTracking } from './next-hop-tracking';
import { OwnIdentifiers } from './own-identifiers';
import { FAMILY_BY_INDEX, type RibPeer } from './peer';
import { RibPeers } from './peers';
import { RibView } from './rib-view';
import { RouteEntries } from './route-entries';
import { RouteMemory } from './route-memory';
import { ChangeLog } from './table/change-log';
import type { NextHopQuestions } from './table/next-hop-table';
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
  /** For all who only ask. */
  readonly view: RibView;
  private readonly intern: AttributeIntern;
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
    const { peers, tracking } = this;
    const entries = new RouteEntries(tables, locRib, eligibility, intern);
    this.view = new RibView({ tables, intern, eligibility, entries, locRib, peers, tracking, walks });
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
}
