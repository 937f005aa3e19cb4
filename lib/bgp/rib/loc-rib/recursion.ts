import { SET, SET_NEXT_HOP } from '../table/attribute-table';
import type { NextHop, NextHopWay } from '../table/next-hop-table';
import { PATH, PATH_PEER, PATH_POST_POLICY, PEER_MASK } from '../table/path-table';
import { ROW, ROW_HEAD } from '../table/prefix-table';
import type { RibTables } from '../tables';

/**
 * So many routes are looked at for one question, then the way counts as one that never ends: neighbours choose next
 * hops, and chains of them can be as long as they like. Deeper ones are not looked for in the kernel either.
 */
const MOST_STEPS = 256;

/**
 * Which way to a next hop a route may use where routes of this table lead there. Not one that leads through the route
 * itself: it would be gone once it was used (RFC 4271 section 9.1.2.1). Two rules make routes that may need each other
 * settle:
 *
 * - That is judged by the routes that are in use now, not by those that the kernel last reported: two routes might be
 *   chosen both at once, then be given up both at once, permanently.
 * - A route on the way counts with all its ways, not with the first one alone, which may lead through the route in
 *   question though another does not: a route that comes into use then takes no way from any other, and what is in use
 *   only grows until nothing is missing.
 */
export class Recursion {
  constructor(private readonly tables: RibTables) {}

  /**
   * The cost of a next hop to the route of a prefix; -1: no way leads there but through the route itself. `isOnLink`:
   * it is to be on a link of this node; where it is, nothing else counts, and a default route never does.
   */
  metric(id: number, hop: NextHop, isOnLink: boolean): number {
    return this.way(id, hop, isOnLink)?.metric ?? -1;
  }

  private way(id: number, { ways = [] }: NextHop, isOnLink: boolean): NextHopWay | undefined {
    const link = isOnLink ? ways.find(({ onLink }) => onLink) : undefined;
    return link ?? ways.find((way) => !(isOnLink && way.isDefault) && this.leadsAround(id, way));
  }

  /**
   * Whether a way can do without the route of a prefix, be it that routes on it take other ways of theirs. Each of them
   * is looked at once.
   */
  private leadsAround(id: number, { through }: NextHopWay): boolean {
    if (through.length === 0) return true;
    const { prefixes, nextHops } = this.tables;
    if (prefixes.is(id, through[0])) return false;
    // Nobody's next hop depends on most prefixes.
    if (!nextHops.isRelied(id)) return true;
    const seen = new Set([id]);
    const waiting = [through[0]];
    for (let prefix = waiting.pop(); prefix; prefix = waiting.pop()) {
      const other = prefixes.id(prefix, false);
      if (seen.has(other)) continue;
      if (seen.size > MOST_STEPS) return false;
      seen.add(other);
      const { hop, isOnLink } = this.used(other);
      // One that others' routes alone lead to; or the route is not in use, and the kernel has not reported that yet.
      if (!hop?.ways) return true;
      const ways = isOnLink ? hop.ways.filter(({ isDefault }) => !isDefault) : hop.ways;
      if (ways.some((way) => way.through.length === 0)) return true;
      for (let i = ways.length - 1; i >= 0; i--) waiting.push(ways[i].through[0]);
    }
    return false;
  }

  /** The next hop of the route in use to a prefix, and whether it is to be on a link. */
  private used(id: number): { hop: NextHop | undefined; isOnLink: boolean } {
    const { prefixes, paths, attributes, nextHops, peers } = this.tables;
    const head = id === 0 ? 0 : prefixes.rows[id * ROW + ROW_HEAD];
    const used = head === 0 ? 0 : paths.paths[head * PATH + PATH_POST_POLICY];
    if (used === 0) return { hop: undefined, isOnLink: false };
    const isOnLink = peers[paths.paths[head * PATH + PATH_PEER] & PEER_MASK]?.isOnLink === true;
    return { hop: nextHops.get(attributes.sets[used * SET + SET_NEXT_HOP]), isOnLink };
  }
}
