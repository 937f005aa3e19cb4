import type { IpAddress } from '../../model/address';
import { ADDRESS_FAMILIES, type AddressFamily } from '../../model/address';
import type { Policy } from '../../model/filter';
import type { Prefix } from '../../model/prefix';
import type { PathAttributes } from '../wire/path-attributes';
import type { Reachability } from './loc-rib/reachability';
import type { RibPeer } from './peer';
import { type AdvertisedRoute, advertisedRoutes, exportRule, isAdvertised } from './query/advertised-route';
import { importRule, isAccepted, receivedSet } from './query/import-rule';
import { type ByFamily, loopedRoutes } from './query/looped-routes';
import { prefixesInOrder } from './query/prefix-order';
import { type PeerMatches, ruleMatches } from './query/rule-matches';
import type { Rib } from './rib';
import type { RouteEntry, RouteFilter } from './route-entries';
import { ROW, ROW_HEAD } from './table/prefix-table';

/** A direction of a neighbour's routes. */
type Direction = 'received' | 'advertised';

/**
 * A read-only view of a routing table: for status, gates and previews. Peers and paths are identified by their numbers,
 * which are stable as long as they exist. If a generator yields undefined, the caller may yield.
 */
export class RibView {
  private readonly rib: Rib;

  constructor(rib: Rib) {
    this.rib = rib;
  }

  /** Whether work was deferred. */
  get hasWork(): boolean {
    return this.rib.hasWork;
  }

  /** Whether there are unreported changes of best routes. */
  get hasChanges(): boolean {
    return this.rib.hasChanges;
  }

  /** The size of the tables. */
  get size(): Rib['size'] {
    return this.rib.size;
  }

  /** All prefixes with their paths, in no particular order. */
  routes(filter?: RouteFilter): Generator<RouteEntry> {
    return this.rib.routes(filter);
  }

  /** The prefixes of these families in order: IPv4 first, by address, shorter ones first. */
  prefixes(families: readonly AddressFamily[] = ADDRESS_FAMILIES): Generator<Prefix | undefined> {
    return prefixesInOrder(this.rib.tables.prefixes, families);
  }

  /** Those, in order, with a route received from, or advertised to, one of these peers. */
  prefixesOf(peers: readonly number[], direction: Direction): Generator<Prefix | undefined> {
    const { prefixes, paths, peers: states } = this.rib.tables;
    const receivers = peers.flatMap((peer) => states[peer] ?? []);
    const isReceived = (id: number) =>
      peers.some((peer) => paths.countOf(prefixes.rows[id * ROW + ROW_HEAD], peer) > 0);
    const isSent = (id: number) => receivers.some((peer) => isAdvertised(peer, id));
    return prefixesInOrder(prefixes, ADDRESS_FAMILIES, direction === 'received' ? isReceived : isSent);
  }

  /** Number of routes received from peers that already passed this AS or its cluster. */
  looped(): ReadonlyMap<number, ByFamily> {
    return loopedRoutes(this.rib.tables);
  }

  /** A peer's configuration; undefined if there is none with this number. */
  peer(number: number): RibPeer | undefined {
    return this.rib.peer(number);
  }

  /** The peers with this address. */
  peersAt(address: string): number[] {
    return this.rib.tables.peers.flatMap((peer) => (peer && isCalled(peer.config, address) ? [peer.number] : []));
  }

  /** The received attributes of a path, before the import policy. */
  receivedAttributes(path: number): PathAttributes {
    return this.rib.attributesOf(receivedSet(this.rib.tables, path));
  }

  /** Whether a path is usable. */
  isAccepted(path: number): boolean {
    return isAccepted(this.rib.tables, path);
  }

  /** The position of the import rule that decided on a path; -1: none did. */
  importRule(path: number, prefix: Prefix): number {
    return importRule(this.rib.tables, path, prefix);
  }

  /** The paths to a prefix towards a peer, advertised or not. */
  advertised(peer: number, prefix: Prefix): AdvertisedRoute[] {
    const { tables } = this.rib;
    const state = tables.peers[peer];
    return state ? advertisedRoutes(tables, state, tables.prefixes.id(prefix, false), prefix) : [];
  }

  /** The position of a policy's rule that decides on a path towards a peer; -1: none does. */
  exportRule(peer: number, path: number, prefix: Prefix, policy: Policy): number {
    const { tables } = this.rib;
    const state = tables.peers[peer];
    return state ? exportRule(tables, state, path, prefix, policy) : -1;
  }

  /** Number of routes that the rules of each peer's policies decide on. */
  ruleMatches(): Generator<undefined, PeerMatches> {
    return ruleMatches(this.rib.tables);
  }

  /** The addresses of all next hops that have been or will be queried. */
  nextHops(): IpAddress[] {
    return this.rib.nextHops();
  }

  /** Number of paths, used or not, by next hop address; only for these addresses. */
  pathsBy(addresses: readonly IpAddress[]): Map<string, number> {
    return this.rib.pathsBy(addresses);
  }

  /** The prefixes with a usable path from a peer now. */
  reached(): Reachability {
    return this.rib.reached();
  }
}

/** Over a link without addresses a neighbour is named after the link, as in statuses: `node1%eth0`. */
const isCalled = ({ interface: link, address }: RibPeer, name: string): boolean =>
  link === undefined ? String(address) === name : name.endsWith(`%${link}`);
