import type { PeerState } from './peer';
import type { RibTables } from './tables';

/** Octets, as limits are configured. */
export const MB = 1_000_000;

/** Octets of memory that a path takes. */
const PATH_OCTETS = 20;
/** That a prefix takes, here and where routes are kept equal to the kernel's. */
const PREFIX_OCTETS = 112;
/** That a next hop takes, here and where it is resolved. */
const NEXT_HOP_OCTETS = 1024;

/**
 * Most distinct next hops that the routes of a neighbour may have: each is looked up, and may have objects of its own
 * in the kernel. A route server of a large exchange has some 1,500, full tables have some hundreds.
 */
export const MOST_NEXT_HOPS = 16_384;

/**
 * Octets by which all routes may grow before somebody looks again: no more than a next hop takes, for these are
 * counted.
 */
const STRIDE = NEXT_HOP_OCTETS;

/**
 * Who holds how much memory by routes. Counted where sets come and go, and for the rest by how many there are: nothing
 * is done for a route.
 */
export class RouteMemory {
  private seen = 0;

  constructor(
    private readonly tables: Pick<RibTables, 'attributes' | 'nextHops' | 'paths' | 'prefixes' | 'peers'>,
    /** Neighbours whose routes are all about to go: what they hold counts for nothing. */
    private readonly leaving: () => ReadonlySet<PeerState>,
    /** Most octets that all routes may take; absent: no limit. */
    public most?: number,
  ) {}

  /** Octets that the routes of a neighbour take, each prefix counted as though no one else had it. */
  held(id: number): number {
    const peer = this.tables.peers[id];
    return (
      this.tables.attributes.held(id) +
      this.tables.nextHops.held(id) * NEXT_HOP_OCTETS +
      (peer?.paths ?? 0) * (PATH_OCTETS + PREFIX_OCTETS)
    );
  }

  /**
   * Octets that all routes take, those of this node among them. A prefix to which no path is left counts for nothing:
   * it is kept until it is withdrawn from all peers, and is not the fault of the peer that is held responsible.
   */
  get total(): number {
    return (
      this.tables.attributes.memory +
      this.tables.nextHops.count * NEXT_HOP_OCTETS +
      this.tables.paths.count * PATH_OCTETS +
      Math.min(this.tables.prefixes.count, this.tables.paths.count) * PREFIX_OCTETS
    );
  }

  /**
   * Whether a closer look is due: asked after each message, and to add up what everybody holds costs more than most
   * messages do.
   */
  hasGrown(): boolean {
    const now =
      this.tables.attributes.memory +
      this.tables.nextHops.count * NEXT_HOP_OCTETS +
      this.tables.paths.count * (PATH_OCTETS + PREFIX_OCTETS);
    if (now - this.seen < STRIDE && now >= this.seen) return false;
    const grew = now > this.seen;
    this.seen = now;
    return grew;
  }

  /** Whether a neighbour holds more than it may. */
  exceeds(id: number): boolean {
    const most = this.tables.peers[id]?.config.maxRouteMemory;
    return most !== undefined && this.held(id) > most;
  }

  /** Whether the routes of a neighbour have more distinct next hops than they may. */
  hasTooManyNextHops(id: number): boolean {
    return this.tables.nextHops.held(id) > MOST_NEXT_HOPS;
  }

  /** Whether all together hold more than they may, without those that are about to go. */
  get isExceeded(): boolean {
    if (this.most === undefined || this.total <= this.most) return false;
    let total = this.total;
    for (const { number } of this.leaving()) total -= this.held(number);
    return total > this.most;
  }

  /**
   * Whose routes are to go where all together hold too much: of those that hold most beyond their fair share the one
   * that holds most. Shares are as the limits of each; neighbours that came unnamed from one prefix have one share
   * together, however many they are. 0: none holds anything.
   */
  payer(): number {
    const leaving = this.leaving();
    const groups = new Map<string, { held: number; weight: number; largest: number }>();
    for (const peer of this.tables.peers) {
      const held = peer && !leaving.has(peer) ? this.held(peer.number) : 0;
      if (!peer || held === 0) continue;
      const key = peer.config.group ?? `peer ${peer.number}`;
      const weight = Math.min(peer.config.maxRouteMemory ?? Number.POSITIVE_INFINITY, this.most ?? 1);
      const group = groups.get(key);
      if (!group) groups.set(key, { held, weight, largest: peer.number });
      else {
        group.held += held;
        group.weight = Math.max(group.weight, weight);
        if (held > this.held(group.largest)) group.largest = peer.number;
      }
    }
    const weights = [...groups.values()].reduce((sum, { weight }) => sum + weight, 0);
    let most = Number.NEGATIVE_INFINITY;
    let payer = 0;
    for (const { held, weight, largest } of groups.values()) {
      const beyond = held - ((this.most ?? 0) * weight) / weights;
      if (beyond > most) [most, payer] = [beyond, largest];
    }
    return payer;
  }
}
