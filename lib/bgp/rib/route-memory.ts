import type { PeerState } from './peer';
import type { RibTables } from './tables';

/** Octets in the unit of configured limits. */
export const MB = 1_000_000;

/** Octets of memory that a path takes. */
const PATH_OCTETS = 20;
/** Of a prefix, here and in the table synchronised with the kernel's. */
const PREFIX_OCTETS = 112;
/** Of a next hop, here and where it is resolved. */
const NEXT_HOP_OCTETS = 1024;

/**
 * Maximum number of distinct next hops in a neighbour's routes: each is resolved, and may have objects in the kernel. A
 * route server of a large exchange has some 1,500, full tables have some hundreds.
 */
export const MOST_NEXT_HOPS = 16_384;

/**
 * Octets by which all routes may grow before the next check: no more than a next hop takes, so that each new next hop
 * is noticed.
 */
const STRIDE = NEXT_HOP_OCTETS;

/**
 * Memory used by routes, by neighbour. Counted when attribute sets are added or removed, and otherwise derived from
 * numbers: no cost for each route.
 */
export class RouteMemory {
  private seen = 0;

  constructor(
    private readonly tables: Pick<RibTables, 'attributes' | 'nextHops' | 'paths' | 'prefixes' | 'peers'>,
    /** Neighbours whose routes are all about to be removed: their memory does not count. */
    private readonly leaving: () => ReadonlySet<PeerState>,
    /** Maximum octets for all routes. Default: no limit. */
    public most?: number,
  ) {}

  /** Octets used by the routes of a neighbour, counting each prefix as if it were the only user. */
  held(id: number): number {
    const peer = this.tables.peers[id];
    return (
      this.tables.attributes.held(id) +
      this.tables.nextHops.held(id) * NEXT_HOP_OCTETS +
      (peer?.paths ?? 0) * (PATH_OCTETS + PREFIX_OCTETS)
    );
  }

  /**
   * Octets used by all routes, including this node's. A prefix without paths does not count: it is kept until it is
   * withdrawn from all peers, which is not the fault of the peer that would be held responsible.
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
   * Whether a check is due: called after each message, as summing up all neighbours costs more than most messages do.
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

  /** Whether a neighbour exceeds its limit. */
  exceeds(id: number): boolean {
    const most = this.tables.peers[id]?.config.maxRouteMemory;
    return most !== undefined && this.held(id) > most;
  }

  /** Whether the routes of a neighbour exceed the limit of distinct next hops. */
  hasTooManyNextHops(id: number): boolean {
    return this.tables.nextHops.held(id) > MOST_NEXT_HOPS;
  }

  /** Whether all together exceed the limit, without those about to be removed. */
  get isExceeded(): boolean {
    if (this.most === undefined || this.total <= this.most) return false;
    let total = this.total;
    for (const { number } of this.leaving()) total -= this.held(number);
    return total > this.most;
  }

  /**
   * The neighbour to be closed if all together exceed the limit: among those furthest beyond their fair share the one
   * with the most memory. Shares are proportional to limits; unnamed neighbours of one template share one, however many
   * there are. 0 if none uses any.
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
