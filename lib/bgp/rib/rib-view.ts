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

/** A direction in which routes of a neighbour are looked at. */
type Direction = 'received' | 'advertised';

/**
 * A routing table for those who ask and change nothing: status, gates and previews. Peers and paths are named by their
 * numbers, which stay the same as long as they are there. Where a generator yields undefined, others may have their
 * turn.
 */
export class RibView {
  private readonly rib: Rib;

  constructor(rib: Rib) {
    this.rib = rib;
  }

  /** Whether something was put off. */
  get hasWork(): boolean {
    return this.rib.hasWork;
  }

  /** Whether best routes changed that have not left yet. */
  get hasChanges(): boolean {
    return this.rib.hasChanges;
  }

  /** How much there is in the tables. */
  get size(): Rib['size'] {
    return this.rib.size;
  }

  /** All prefixes with their paths, in no order. */
  routes(filter?: RouteFilter): Generator<RouteEntry> {
    return this.rib.routes(filter);
  }

  /** The prefixes of these families in order: IPv4 first, by address, the shorter one first. */
  prefixes(families: readonly AddressFamily[] = ADDRESS_FAMILIES): Generator<Prefix | undefined> {
    return prefixesInOrder(this.rib.tables.prefixes, families);
  }

  /** Those, in order, of which one of these peers sent a route, or one was sent to it. */
  prefixesOf(peers: readonly number[], direction: Direction): Generator<Prefix | undefined> {
    const { prefixes, paths, peers: states } = this.rib.tables;
    const receivers = peers.flatMap((peer) => states[peer] ?? []);
    const isReceived = (id: number) =>
      peers.some((peer) => paths.countOf(prefixes.rows[id * ROW + ROW_HEAD], peer) > 0);
    const isSent = (id: number) => receivers.some((peer) => isAdvertised(peer, id));
    return prefixesInOrder(prefixes, ADDRESS_FAMILIES, direction === 'received' ? isReceived : isSent);
  }

  /** How many routes peers have sent that went through this AS or its cluster before. */
  looped(): ReadonlyMap<number, ByFamily> {
    return loopedRoutes(this.rib.tables);
  }

  /** What is known of a peer; undefined where the number stands for none. */
  peer(number: number): RibPeer | undefined {
    return this.rib.peer(number);
  }

  /** The peers with this address. */
  peersAt(address: string): number[] {
    return this.rib.tables.peers.flatMap((peer) =>
      peer && String(peer.config.address) === address ? [peer.number] : [],
    );
  }

  /** The attributes that a path came with, before the import policy. */
  receivedAttributes(path: number): PathAttributes {
    return this.rib.attributesOf(receivedSet(this.rib.tables, path));
  }

  /** Whether a path may be used. */
  isAccepted(path: number): boolean {
    return isAccepted(this.rib.tables, path);
  }

  /** The place of the import rule that decided about a path; -1: none did. */
  importRule(path: number, prefix: Prefix): number {
    return importRule(this.rib.tables, path, prefix);
  }

  /** What becomes of the paths to a prefix towards a peer. */
  advertised(peer: number, prefix: Prefix): AdvertisedRoute[] {
    const { tables } = this.rib;
    const state = tables.peers[peer];
    return state ? advertisedRoutes(tables, state, tables.prefixes.id(prefix, false), prefix) : [];
  }

  /** The place of the rule of a policy that decides about a path towards a peer; -1: none does. */
  exportRule(peer: number, path: number, prefix: Prefix, policy: Policy): number {
    const { tables } = this.rib;
    const state = tables.peers[peer];
    return state ? exportRule(tables, state, path, prefix, policy) : -1;
  }

  /** How many routes the rules of each peer's policies decide about. */
  ruleMatches(): Generator<undefined, PeerMatches> {
    return ruleMatches(this.rib.tables);
  }

  /** The addresses of all next hops that were asked for, or will be. */
  nextHops(): IpAddress[] {
    return this.rib.nextHops();
  }

  /** How many paths there are, used or not, by the address of their next hop; of these addresses alone. */
  pathsBy(addresses: readonly IpAddress[]): Map<string, number> {
    return this.rib.pathsBy(addresses);
  }

  /** The prefixes that peers give a usable path to now. */
  reached(): Reachability {
    return this.rib.reached();
  }
}
