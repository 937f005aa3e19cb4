import type { IpAddress } from '../../model/address';
import { ADDRESS_FAMILIES, type AddressFamily } from '../../model/address';
import type { Policy } from '../../model/filter';
import type { Prefix } from '../../model/prefix';
import type { Family } from '../wire/family';
import type { PathAttributes } from '../wire/path-attributes';
import type { AttributeIntern } from './adj-rib-in/attribute-intern';
import type { Eligibility } from './adj-rib-in/eligibility';
import { isOfNextHop } from './adj-rib-in/ineligibility';
import { type Bounds, type ReceivedRoutes, receivedBy } from './adj-rib-in/received-routes';
import type { LocRib } from './loc-rib/loc-rib';
import { Reachability, type UnreachablePrefix } from './loc-rib/reachability';
import type { NextHopTracking } from './next-hop-tracking';
import { FAMILY_BY_INDEX, type RibPeer, type RouteCounts } from './peer';
import type { RibPeers } from './peers';
import { type AdvertisedRoute, advertisedRoutes, exportRule, isAdvertised } from './query/advertised-route';
import { importRule, isAccepted, receivedSet } from './query/import-rule';
import { type ByFamily, loopedRoutes } from './query/looped-routes';
import { prefixesInOrder } from './query/prefix-order';
import { type PeerMatches, ruleMatches } from './query/rule-matches';
import type { RouteEntries, RouteEntry, RouteFilter } from './route-entries';
import { IPV4, IPV6, ROW, ROW_HEAD } from './table/prefix-table';
import type { TableWalks } from './table-walk';
import type { RibTables } from './tables';

/** What the view reads. */
interface Parts {
  readonly tables: RibTables;
  readonly intern: AttributeIntern;
  readonly eligibility: Eligibility;
  readonly entries: RouteEntries;
  readonly locRib: LocRib;
  readonly peers: RibPeers;
  readonly tracking: NextHopTracking;
  readonly walks: TableWalks;
}

/** A direction of a neighbour's routes. */
type Direction = 'received' | 'advertised';

/**
 * A read-only view of a routing table: for status, gates and previews. Peers and paths are identified by their numbers,
 * which are stable as long as they exist. If a generator yields undefined, the caller may yield.
 */
export class RibView {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  private get tables(): RibTables {
    return this.parts.tables;
  }

  /** Whether work was deferred. */
  get hasWork(): boolean {
    return this.parts.walks.isDue;
  }

  /** Whether there are unreported changes of best routes. */
  get hasChanges(): boolean {
    return this.parts.locRib.hasChanges;
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

  // ---- Peers

  /** A peer's configuration; undefined if there is none with this number. */
  peer(number: number): RibPeer | undefined {
    return this.tables.peers[number]?.config;
  }

  /** The peers with this address. */
  peersAt(address: string): number[] {
    return this.tables.peers.flatMap((peer) => (peer && isCalled(peer.config, address) ? [peer.number] : []));
  }

  /** Whether a peer has sent the End-of-RIB of a family since it came up. */
  endOfRibSeen(number: number, family: Family): boolean {
    return this.parts.peers.get(number).endOfRibSeen[FAMILY_BY_INDEX.indexOf(family)];
  }

  /**
   * Families of an established session whose routes cannot have this node as next hop: those that need it are not
   * advertised.
   */
  lacksNextHop(number: number): Family[] {
    const { context, self } = this.parts.peers.get(number);
    return FAMILY_BY_INDEX.filter((family, index) => context?.families.has(family) && self[index] === undefined);
  }

  /** Number of routes from a peer. */
  received(number: number): number {
    return this.parts.peers.get(number).paths;
  }

  /** Whether a peer exceeds its prefix limit. */
  limitReached(number: number): boolean {
    const { config, paths } = this.parts.peers.get(number);
    return config.maxPrefixes !== undefined && paths > config.maxPrefixes;
  }

  /** Number of routes received from a peer, usable, and advertised to it, by family. */
  counts(number: number): Record<Family, RouteCounts> {
    const peer = this.parts.peers.get(number);
    return { 'ipv4 unicast': peer.counts(IPV4), 'ipv6 unicast': peer.counts(IPV6) };
  }

  // ---- Routes

  /** All prefixes with their paths, in no particular order. */
  routes(filter: RouteFilter = {}): Generator<RouteEntry> {
    return this.parts.entries.all(filter);
  }

  /** The prefixes of these families in order: IPv4 first, by address, shorter ones first. */
  prefixes(families: readonly AddressFamily[] = ADDRESS_FAMILIES): Generator<Prefix | undefined> {
    return prefixesInOrder(this.tables.prefixes, families);
  }

  /** Those, in order, with a route received from, or advertised to, one of these peers. */
  prefixesOf(peers: readonly number[], direction: Direction): Generator<Prefix | undefined> {
    const { prefixes, paths, peers: states } = this.tables;
    const receivers = peers.flatMap((peer) => states[peer] ?? []);
    const isReceived = (id: number) =>
      peers.some((peer) => paths.countOf(prefixes.rows[id * ROW + ROW_HEAD], peer) > 0);
    const isSent = (id: number) => receivers.some((peer) => isAdvertised(peer, id));
    return prefixesInOrder(prefixes, ADDRESS_FAMILIES, direction === 'received' ? isReceived : isSent);
  }

  /** Number of routes received from peers that already passed this AS or its cluster. */
  looped(): ReadonlyMap<number, ByFamily> {
    return loopedRoutes(this.tables);
  }

  /** The received attributes of a path, before the import policy. */
  receivedAttributes(path: number): PathAttributes {
    return this.parts.intern.attributes(receivedSet(this.tables, path));
  }

  /** Whether a path is usable. */
  isAccepted(path: number): boolean {
    return isAccepted(this.tables, path);
  }

  /** The position of the import rule that decided on a path; -1: none did. */
  importRule(path: number, prefix: Prefix): number {
    return importRule(this.tables, path, prefix);
  }

  /** The paths to a prefix towards a peer, advertised or not. */
  advertised(peer: number, prefix: Prefix): AdvertisedRoute[] {
    const { tables } = this;
    const state = tables.peers[peer];
    return state ? advertisedRoutes(tables, state, tables.prefixes.id(prefix, false), prefix) : [];
  }

  /** The position of a policy's rule that decides on a path towards a peer; -1: none does. */
  exportRule(peer: number, path: number, prefix: Prefix, policy: Policy): number {
    const { tables } = this;
    const state = tables.peers[peer];
    return state ? exportRule(tables, state, path, prefix, policy) : -1;
  }

  /** Number of routes that the rules of each peer's policies decide on. */
  ruleMatches(): Generator<undefined, PeerMatches> {
    return ruleMatches(this.tables);
  }

  /** The addresses of all next hops that have been or will be queried. */
  nextHops(): IpAddress[] {
    return this.tables.nextHops.asked();
  }

  /** Number of paths, used or not, by next hop address; only for these addresses. */
  pathsBy(addresses: readonly IpAddress[]): Map<string, number> {
    return this.parts.tracking.pathsBy(addresses);
  }

  /** The prefixes with a usable path from a peer now. */
  reached(): Reachability {
    return Reachability.now(this.tables.prefixes, this.tables.paths);
  }

  /** Of these, within a range, the prefixes without a usable path from peers other than `without`. */
  lost(reached: Reachability, without: ReadonlySet<number>, from: number, to: number): UnreachablePrefix[] {
    return [...reached.lost(this.tables.prefixes, this.tables.paths, without, from, to)];
  }

  /**
   * The routes received from peers, before policy, within limits; yields after each stride of the table. Routes with an
   * unreachable next hop are left out.
   */
  receivedBy(numbers: readonly number[], bounds: Bounds): Generator<undefined, Map<number, ReceivedRoutes>> {
    const isUnreached = (number: number, set: number, prefix: number) => {
      const peer = this.tables.peers[number];
      const why = peer && this.parts.eligibility.ineligibility(peer, set, prefix);
      return why !== undefined && (why === 'next-hop-recursive' || isOfNextHop(why));
    };
    const wanted = numbers.map((peer) => ({ peer, received: this.parts.peers.get(peer).received }));
    return receivedBy(this.tables, isUnreached, wanted, bounds);
  }
}

/** Over a link without addresses a neighbour is named after the link, as in statuses: `node1%eth0`. */
const isCalled = ({ interface: link, address }: RibPeer, name: string): boolean =>
  link === undefined ? String(address) === name : name.endsWith(`%${link}`);
