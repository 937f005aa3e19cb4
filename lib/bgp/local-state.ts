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

/** What is known of the ways to next hops. */
type NextHopChanges = readonly { readonly address: IpAddress; readonly state: NextHopState | undefined }[];

/** What this state needs of the speaker. */
interface LocalHost {
  /** There once the speaker was configured. */
  readonly table: Rib | undefined;
  readonly peers: PeerTable;
  readonly events: PeerEvents;
  readonly scheduler: UpdateScheduler;
}

/** What this node itself brings to its routing table: some of it is known before there is one. */
export class LocalState {
  private links: readonly LinkSubnet[] = [];
  private readonly origins = new Map<string, { prefix: Prefix; attributes?: OriginAttributes }>();
  /** Keys of sessions that are about to end (RFC 8326); `allLeave`: every one is. */
  private readonly leaving = new Set<string>();
  private allLeave = false;
  private interfaces: readonly LocalInterface[] | undefined;
  /** This node's identifier. Sessions that came up before it had it, or are to have another, run with others. */
  private routerId = 0;
  private hasOtherIds = false;
  private isRenamed = false;

  constructor(private readonly host: LocalHost) {}

  /** Gives a new table what it is to begin with. */
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
   * Readvertises what was advertised with an address that a link no longer has, or could not be advertised for want of
   * one.
   */
  setInterfaces(interfaces: readonly LocalInterface[]): void {
    const { table } = this.host;
    this.interfaces = interfaces;
    table?.setInterfaces(interfaces);
    this.host.scheduler.routesChanged();
    if (!table) return;
    // Thousands of sessions leave from a few addresses.
    const known = new Map<string, OwnNextHops>();
    for (const peer of this.host.peers) {
      const end = endOf(peer.session.config);
      const { localAddress, localAddresses, multihop } = end;
      const key = `${localAddress} ${localAddresses.ipv4} ${localAddresses.ipv6} ${multihop}`;
      const hops = known.get(key) ?? ownNextHops(end, interfaces);
      known.set(key, hops);
      if (sameNextHops(hops, table.peer(peer.ribId)!.nextHops!)) continue;
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

  /** A session is gone, and with it what was asked for it. */
  forget({ session }: SpeakerPeer): void {
    this.leaving.delete(session.config.key);
  }

  /** A session as the RIB must know it. */
  ribPeer({ session: { config }, localAs, peerAs }: Pick<SpeakerPeer, 'session' | 'localAs' | 'peerAs'>): RibPeer {
    return ribPeerOf(config, localAs, peerAs, this.allLeave || this.leaving.has(config.key), this.interfaces);
  }

  /** Tells where a peer's routes cannot have this node as their next hop, and where they can again. */
  noteNextHops(peer: SpeakerPeer): void {
    this.host.events.nextHops(peer, this.interfaces);
  }

  /** A session came up by this identifier of ours. */
  isUpAs(localId: number): void {
    if (localId !== this.routerId) this.isRenamed = true;
  }

  /** One went down. */
  isDown(): void {
    if (this.hasOtherIds) this.isRenamed = true;
  }

  /** This node has another identifier, or sessions know it by others than they did. */
  setRouterId(routerId = this.routerId): void {
    const ids = [...this.host.peers].flatMap(({ connection }) => connection?.agreed?.localId ?? []);
    const others = new Set(ids.filter((id) => id !== routerId));
    this.routerId = routerId;
    this.hasOtherIds = others.size > 0;
    this.isRenamed = false;
    this.host.table?.setRouterId(routerId, [...others], { later: true });
  }

  /** Has the table know by which identifiers reflectors know this node, where that changed. */
  settleRouterId(): void {
    if (this.isRenamed) this.setRouterId();
  }
}
