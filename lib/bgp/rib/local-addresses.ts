import type { LocalInterface } from './adj-rib-out/own-next-hop';
import { type LinkSubnet, linkOf } from './link-subnet';
import { addressesOf, OwnAddresses } from './own-addresses';
import type { PeerState, RibPeer } from './peer';
import { SET, SET_NEXT_HOP } from './table/attribute-table';
import type { NextHop } from './table/next-hop-table';
import { PATH, PATH_PEER, PATH_POST_POLICY, PATH_PRE_POLICY, PEER_MASK } from './table/path-table';
import type { Reevaluate } from './table-walk';
import type { RibTables } from './tables';

/**
 * The links and addresses of this node, which determine the link of a link-local next hop, and which next hops are this
 * node itself.
 */
export class LocalAddresses {
  private links: readonly LinkSubnet[] = [];
  private interfaces: readonly LocalInterface[] = [];

  constructor(
    private readonly tables: RibTables,
    private readonly reevaluate: Reevaluate,
  ) {}

  /** The link that the session with a neighbour runs over. */
  linkOf({ interface: link, address }: RibPeer): string | undefined {
    return link ?? linkOf(address, this.links);
  }

  /** See `Rib.setLinks`. */
  setLinks(links: readonly LinkSubnet[]): void {
    this.links = links;
    const { peers, nextHops } = this.tables;
    const moved = peers.filter((peer) => peer && nextHops.linkOf(peer.number) !== this.linkOf(peer.config));
    const move = (linkOf: (peer: PeerState) => string | undefined) => {
      const numbers = moved.flatMap((peer) => (nextHops.setLink(peer!.number, linkOf(peer!)) ? peer!.number : []));
      if (numbers.length === 0) return;
      const concerns = (path: number) => numbers.includes(this.peerOf(path)) && this.isLinkLocal(path);
      this.reevaluate(`links of ${numbers}`, concerns, false);
    };
    // First nothing is on a link, so that a next hop moving to another link is a change for the code that writes
    // routes.
    move(() => undefined);
    move(({ config }) => this.linkOf(config));
  }

  /** See `Rib.setInterfaces`. */
  setInterfaces(interfaces: readonly LocalInterface[]): void {
    this.interfaces = interfaces;
    this.configured(this.tables.peers.filter((peer) => peer !== undefined));
  }

  /**
   * These are all neighbours: routes via an address that became, or no longer is, one of this node are evaluated again.
   */
  configured(peers: readonly PeerState[]): void {
    const { nextHops, paths } = this.tables;
    const addresses = peers.flatMap(({ config }) => addressesOf(config));
    const changed = nextHops.setOwn(new OwnAddresses(addresses, this.interfaces));
    if (changed.size === 0) return;
    const concerns = (path: number): boolean =>
      this.tables.peers[this.peerOf(path)]?.importPolicy.changesNextHop === true ||
      changed.has(this.hopOf(paths.paths[path * PATH + PATH_PRE_POLICY])!);
    this.reevaluate('own addresses', concerns, false);
  }

  private peerOf(path: number): number {
    return this.tables.paths.paths[path * PATH + PATH_PEER] & PEER_MASK;
  }

  private hopOf(set: number): NextHop | undefined {
    return this.tables.nextHops.get(this.tables.attributes.sets[set * SET + SET_NEXT_HOP]);
  }

  private isLinkLocal(path: number): boolean {
    const { paths } = this.tables.paths;
    return [PATH_PRE_POLICY, PATH_POST_POLICY].some(
      (word) => this.hopOf(paths[path * PATH + word])?.kind === 'link-local',
    );
  }
}
