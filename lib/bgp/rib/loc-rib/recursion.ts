import { SET, SET_NEXT_HOP } from '../table/attribute-table';
import type { NextHop, NextHopWay } from '../table/next-hop-table';
import { PATH, PATH_PEER, PATH_POST_POLICY, PEER_MASK } from '../table/path-table';
import { ROW, ROW_HEAD } from '../table/prefix-table';
import type { RibTables } from '../tables';

/**
 * Maximum number of routes examined for one query; with more the next hop counts as unresolvable. Neighbours choose
 * next hops, and their chains can be arbitrarily long. `kernel/fib` does not follow them any further either.
 */
const MOST_STEPS = 256;

/**
 * Which way to a next hop a route may use if routes of this table lead there: not one that leads through the route
 * itself, which would disappear once used (RFC 4271 section 9.1.2.1). Two rules make mutually dependent routes
 * converge:
 * - The routes that are in use now are what counts, not those that the kernel last reported. Otherwise two routes might
 *   be selected at the same time, then given up at the same time, and so on permanently.
 * - A route on the way counts with all its ways, not only with the first one, which may lead through the route in
 *   question although another one does not. So a route that comes into use never takes a way from another, and the set
 *   of routes in use only grows until none is missing.
 */
export class Recursion {
  constructor(private readonly tables: RibTables) {}

  /**
   * The cost of a next hop for the route to a prefix; -1: nothing leads there except through the route itself.
   * `isOnLink`: the next hop must be on a link of this node. If it is, other ways do not matter, and a default route
   * never counts.
   */
  metric(id: number, hop: NextHop, isOnLink: boolean): number {
    return this.way(id, hop, isOnLink)?.metric ?? -1;
  }

  private way(id: number, { ways = [] }: NextHop, isOnLink: boolean): NextHopWay | undefined {
    const link = isOnLink ? ways.find(({ onLink }) => onLink) : undefined;
    return link ?? ways.find((way) => !(isOnLink && way.isDefault) && this.leadsAround(id, way));
  }

  /**
   * Whether a way exists without the route to a prefix, even if the routes on it have to use other ways then. Each of
   * these is examined once.
   */
  private leadsAround(id: number, { through }: NextHopWay): boolean {
    if (through.length === 0) return true;
    const { prefixes, nextHops } = this.tables;
    if (prefixes.is(id, through[0])) return false;
    // No next hop is reached through most prefixes.
    if (!nextHops.isRelied(id)) return true;
    const seen = new Set([id]);
    const waiting = [through[0]];
    for (let prefix = waiting.pop(); prefix; prefix = waiting.pop()) {
      const other = prefixes.id(prefix, false);
      if (seen.has(other)) continue;
      if (seen.size > MOST_STEPS) return false;
      seen.add(other);
      const { hop, isOnLink } = this.used(other);
      // Either only foreign routes lead to it, or the route is no longer in use and the kernel has not reported that
      // yet.
      if (!hop?.ways) return true;
      const ways = isOnLink ? hop.ways.filter(({ isDefault }) => !isDefault) : hop.ways;
      if (ways.some((way) => way.through.length === 0)) return true;
      for (let i = ways.length - 1; i >= 0; i--) waiting.push(ways[i].through[0]);
    }
    return false;
  }

  /** The next hop of the route in use to a prefix, and whether it must be on a link. */
  private used(id: number): { hop: NextHop | undefined; isOnLink: boolean } {
    const { prefixes, paths, attributes, nextHops, peers } = this.tables;
    const head = id === 0 ? 0 : prefixes.rows[id * ROW + ROW_HEAD];
    const used = head === 0 ? 0 : paths.paths[head * PATH + PATH_POST_POLICY];
    if (used === 0) return { hop: undefined, isOnLink: false };
    const isOnLink = peers[paths.paths[head * PATH + PATH_PEER] & PEER_MASK]?.isOnLink === true;
    return { hop: nextHops.get(attributes.sets[used * SET + SET_NEXT_HOP]), isOnLink };
  }
}
