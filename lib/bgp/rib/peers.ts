import { compareBytes } from '../../model/address';
import type { WireContext } from '../wire/context';
import type { Family } from '../wire/family';
import type { AdjRibIn, PathFilter } from './adj-rib-in/adj-rib-in';
import type { RefusalBook } from './adj-rib-in/refusals';
import type { AdjRibOut } from './adj-rib-out/adj-rib-out';
import type { LocalAddresses } from './local-addresses';
import { FAMILY_BY_INDEX, PeerState, type RibPeer } from './peer';
import { evaluatedAnew } from './peer-change';
import { PATH, PATH_PEER, PEER_MASK } from './table/path-table';
import { IPV4, IPV6 } from './table/prefix-table';
import type { TableWalks } from './table-walk';
import type { RibTables } from './tables';

/** All paths of a neighbour. */
const ALL: PathFilter = () => true;

/** The neighbours in the RIB, and the effects on routes when one is added, changed, restarted or removed. */
export class RibPeers {
  private contexts = 1;
  private isArranged = true;

  constructor(
    private readonly tables: RibTables,
    private readonly local: LocalAddresses,
    private readonly walks: TableWalks,
    private readonly adjRibIn: AdjRibIn,
    private readonly adjRibOut: AdjRibOut,
    private readonly refusals: RefusalBook,
  ) {}

  get(id: number): PeerState {
    const peer = this.tables.peers[id];
    if (peer === undefined) throw new RangeError(`there is no peer ${id}`);
    return peer;
  }

  add(config: RibPeer): number {
    const { peers, nextHops } = this.tables;
    let number = 1;
    while (peers[number]) number++;
    peers[number] = new PeerState(number, config);
    nextHops.setLink(number, this.local.linkOf(config));
    this.isArranged = false;
    return number;
  }

  /** Applies what {@link evaluatedAnew} returns for the change. */
  change(id: number, config: RibPeer, later: boolean): void {
    const peer = this.get(id);
    const { config: before, self } = peer;
    peer.configure(config);
    this.tables.nextHops.setLink(id, this.local.linkOf(config));
    const anew = evaluatedAnew(before, config);
    if (anew.has('order')) this.isArranged = false;
    const selfChanged = [IPV4, IPV6].filter((family) => !sameOctets(self[family], peer.self[family]));
    if (anew.has('imports')) this.reevaluate(`peer ${id}`, (path) => this.peerOf(path) === id, later);
    this.adjRibOut.readvertise(peer, anew.has('exports') ? [IPV4, IPV6] : selfChanged);
    if (anew.has('reflection')) this.readvertiseReflected();
  }

  /** Advertisements to internal neighbours have changed. */
  readvertiseReflected(): void {
    for (const peer of this.tables.peers) if (peer && !peer.isExternal) this.adjRibOut.readvertise(peer);
  }

  remove(id: number, later: boolean): void {
    const peer = this.get(id);
    this.walks.finish(peer);
    this.adjRibOut.close(peer);
    this.refusals.forget(peer);
    peer.setContext(undefined);
    this.removePaths(peer, ALL, later, () => {
      this.tables.nextHops.forgetGiven(id);
      this.tables.peers[id] = undefined;
      this.isArranged = false;
    });
  }

  up(id: number, context: WireContext & { readonly peerRouterId: number }): void {
    const peer = this.get(id);
    this.walks.finish(peer);
    peer.setContext(context);
    peer.routerId = context.peerRouterId >>> 0;
    const { session, as4, localAs, peerAs, extendedNextHop } = context;
    const originator = session === 'ibgp' ? peer.routerId : 0;
    const key = [session, as4, localAs, peerAs, [...extendedNextHop], originator].join();
    if (key !== peer.contextKey) {
      // Octets decoded differently are other attributes, and those of an internal neighbour are advertised with its
      // identifier; otherwise routes retained over a restart find their sets again.
      peer.contextKey = key;
      peer.contextNumber = this.contexts++;
      peer.derivedContext = this.contexts++;
    }
    peer.endOfRibSeen.fill(false);
    this.adjRibOut.open(peer);
  }

  down(id: number, { retain, later, keepsStale }: { retain: boolean; later: boolean; keepsStale: boolean }): void {
    const peer = this.get(id);
    const { adjRibIn } = this;
    this.walks.finish(peer);
    this.adjRibOut.close(peer);
    peer.setContext(undefined);
    if (!retain) {
      this.removePaths(peer, ALL, later);
      return;
    }
    const isToGo: PathFilter = (path) => {
      if (adjRibIn.isStale(path)) return !keepsStale;
      adjRibIn.markStale(path);
      return false;
    };
    this.removePaths(peer, isToGo, false);
  }

  markStale(id: number, family: Family): void {
    const peer = this.get(id);
    const wanted = FAMILY_BY_INDEX.indexOf(family);
    this.walks.finish(peer);
    const isToGo: PathFilter = (path, of) => {
      if (of === wanted) this.adjRibIn.markStale(path);
      return false;
    };
    this.removePaths(peer, isToGo, false);
  }

  sweepStale(id: number, family: Family | undefined, later: boolean): void {
    const peer = this.get(id);
    const wanted = family === undefined ? -1 : FAMILY_BY_INDEX.indexOf(family);
    const isToGo: PathFilter = (path, of) => (wanted < 0 || of === wanted) && this.adjRibIn.isStale(path);
    this.walks.finish(peer);
    // All paths of a neighbour that is down are stale.
    this.removePaths(peer, !peer.context && wanted < 0 ? ALL : isToGo, later);
  }

  /** Removes the paths of a neighbour for which `isToGo` returns true. */
  private removePaths(peer: PeerState, isToGo: PathFilter, later: boolean, done?: () => void): void {
    if (peer.paths === 0) {
      done?.();
      return;
    }
    // An established neighbour may add paths meanwhile, and counting down would end the walk too soon.
    let left = later && peer.context ? Number.POSITIVE_INFINITY : peer.paths;
    const visit = (from: number, to: number): boolean => {
      left -= this.adjRibIn.visit(peer, from, to, left, isToGo);
      return left <= 0;
    };
    this.walks.start({ visit, removes: peer, removesAll: isToGo === ALL, ...(done && { done }) }, later);
  }

  /** See {@link Reevaluate}. */
  reevaluate(reason: string, concerns: (path: number) => boolean, later: boolean): void {
    this.arrange();
    const visit = (from: number, to: number): boolean => {
      for (let id = from; id < to; id++) this.adjRibIn.evaluate(id, concerns);
      return false;
    };
    this.walks.start({ visit, reason }, later);
  }

  /**
   * Updates what depends on all peers together: the order of their addresses, the addresses of this node. Runs before
   * routes are evaluated.
   */
  arrange(): void {
    if (this.isArranged) return;
    this.isArranged = true;
    const all = this.tables.peers.filter((peer) => peer !== undefined);
    all.sort((a, b) => a.config.address.compare(b.config.address) || a.number - b.number);
    for (const [rank, peer] of all.entries()) peer.rank = rank + 1;
    this.local.configured(all);
  }

  private peerOf(path: number): number {
    return this.tables.paths.paths[path * PATH + PATH_PEER] & PEER_MASK;
  }
}

function sameOctets(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && compareBytes(a, b) === 0);
}
