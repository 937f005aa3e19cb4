import type { IpAddress } from '../model/address';
import type { Prefix } from '../model/prefix';
import type { RoutingOptions } from './effects';
import type { SpeakerPeer } from './peer';
import type { PeerEvents } from './peer-events';
import type { PeerTable } from './peer-table';
import { type LocalInterface, type OwnNextHops, ownNextHops, sameNextHops } from './rib/adj-rib-out/own-next-hop';
import type { RibPeer } from './rib/peer';
import type { LinkSubnet, NextHopState, OriginAttributes, Rib } from './rib/rib';
import { endOf, ribPeerOf } from './rib-peer';
import type { UpdateScheduler } from './update-scheduler';

/** Changes of the reachability of next hops. */
type NextHopChanges = readonly { readonly address: IpAddress; readonly state: NextHopState | undefined }[];

/** The part of the speaker that this state uses. */
interface LocalHost {
  /** Set once the speaker is configured. */
  readonly table: Rib | undefined;
  readonly peers: PeerTable;
  readonly events: PeerEvents;
  readonly scheduler: UpdateScheduler;
}

/** This node's own contribution to its routing table; some of it is known before the table exists. */
export class LocalState {
  private links: readonly LinkSubnet[] = [];
  private readonly origins = new Map<string, { prefix: Prefix; attributes?: OriginAttributes }>();
  /** Keys of sessions in graceful shutdown (RFC 8326); `allLeave`: all are. */
  private readonly leaving = new Set<string>();
  private allLeave = false;
  private interfaces: readonly LocalInterface[] | undefined;
  /** This node's identifier. Sessions established before it changed use others. */
  private routerId = 0;
  private hasOtherIds = false;
  private isRenamed = false;

  constructor(private readonly host: LocalHost) {}

  /** Initialises a new table. */
  fill(table: Rib, { routerId }: RoutingOptions): void {
    this.routerId = routerId;
    table.setLinks(this.links);
    table.setInterfaces(this.interfaces ?? []);
    for (const { prefix, attributes } of this.origins.values()) table.originate(prefix, attributes);
  }

  originate(prefix: Prefix, attributes: OriginAttributes | undefined): void {
    this.origins.set(String(prefix), { prefix, ...(attributes && { attributes }) });
    this.host.table?.originate(prefix, attributes);
    this.host.scheduler.routesChanged();
  }

  withdraw(prefix: Prefix): void {
    if (!this.origins.delete(String(prefix))) return;
    this.host.table?.withdrawOrigin(prefix);
    this.host.scheduler.routesChanged();
  }

  setNextHops(changes: NextHopChanges): void {
    this.host.table?.setNextHops(changes, { later: true });
    this.host.scheduler.routesChanged();
  }

  setLinks(links: readonly LinkSubnet[]): void {
    this.links = links;
    this.host.table?.setLinks(links);
    this.host.scheduler.routesChanged();
  }

  /**
   * Readvertises routes that had a next hop address that a link no longer has, or that had none to be advertised with.
   */
  setInterfaces(interfaces: readonly LocalInterface[]): void {
    const { table } = this.host;
    this.interfaces = interfaces;
    table?.setInterfaces(interfaces);
    this.host.scheduler.routesChanged();
    if (!table) return;
    // Thousands of sessions share a few local addresses.
    const known = new Map<string, OwnNextHops>();
    for (const peer of this.host.peers) {
      const end = endOf(peer.session.config);
      const { localAddress, localAddresses, multihop, unnumbered } = end;
      const key = `${localAddress} ${localAddresses.ipv4} ${localAddresses.ipv6} ${multihop} ${unnumbered}`;
      const hops = known.get(key) ?? ownNextHops(end, interfaces);
      known.set(key, hops);
      if (sameNextHops(hops, table.view.peer(peer.ribId)!.nextHops!)) continue;
      table.changePeer(peer.ribId, this.ribPeer(peer), { later: true });
      this.noteNextHops(peer);
    }
  }

  /** RFC 8326, on request: for the session with this key, or for all. */
  leave(key: string | undefined, on: boolean): void {
    if (key === undefined) {
      this.allLeave = on;
      if (!on) this.leaving.clear();
    } else if (on) this.leaving.add(key);
    else this.leaving.delete(key);
    for (const peer of this.host.peers) {
      if (key !== undefined && peer.session.config.key !== key) continue;
      this.host.table?.changePeer(peer.ribId, this.ribPeer(peer), { later: true });
      this.host.scheduler.routesChanged();
    }
  }

  /** A session was removed, and with it requests for it. */
  forget({ session }: SpeakerPeer): void {
    this.leaving.delete(session.config.key);
  }

  /** A session in the form that the RIB uses. */
  ribPeer({ session: { config }, localAs, peerAs }: Pick<SpeakerPeer, 'session' | 'localAs' | 'peerAs'>): RibPeer {
    return ribPeerOf(config, localAs, peerAs, this.allLeave || this.leaving.has(config.key), this.interfaces);
  }

  /** Reports when a peer's routes can no longer have this node as next hop, and when they can again. */
  noteNextHops(peer: SpeakerPeer): void {
    this.host.events.nextHops(peer, this.interfaces);
  }

  /** A session was established with this identifier of ours. */
  isUpAs(localId: number): void {
    if (localId !== this.routerId) this.isRenamed = true;
  }

  /** A session went down. */
  isDown(): void {
    if (this.hasOtherIds) this.isRenamed = true;
  }

  /** This node's identifier changed, or those that sessions use. */
  setRouterId(routerId = this.routerId): void {
    const ids = [...this.host.peers].flatMap(({ connection }) => connection?.agreed?.localId ?? []);
    const others = new Set(ids.filter((id) => id !== routerId));
    this.routerId = routerId;
    this.hasOtherIds = others.size > 0;
    this.isRenamed = false;
    this.host.table?.setRouterId(routerId, [...others], { later: true });
  }

  /** Updates the table with the identifiers that neighbours know this node by, if they changed. */
  settleRouterId(): void {
    if (this.isRenamed) this.setRouterId();
  }
}
