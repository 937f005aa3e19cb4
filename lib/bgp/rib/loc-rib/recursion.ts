import type { Prefix } from '../../../model/prefix';
import { SET, SET_NEXT_HOP } from '../table/attribute-table';
import type { NextHop, NextHopWay } from '../table/next-hop-table';
import { PATH, PATH_POST_POLICY } from '../table/path-table';
import { ROW, ROW_HEAD } from '../table/prefix-table';
import type { RibTables } from '../tables';

/**
 * So many routes are looked at for one question, then the way counts as one that never ends: neighbours choose next hops, and chains of them can be as long as
 * they like. Deeper ones are not looked for in the kernel either.
 */
const MOST_STEPS = 64;

/**
 * Which way to a next hop a route may use where routes of this table lead there. Not one that leads through the route itself: it would be gone once it
 * was used (RFC 4271 section 9.1.2.1). That is judged by the routes that are in use now, not by those that the kernel told of last, or two routes that
 * need each other might be chosen both at once, then be given up both at once, for ever.
 */
export class Recursion {
  constructor(private readonly tables: RibTables) {}

  /**
   * The cost of a next hop to the route of a prefix; -1: no way leads there but through the route itself. `isOnLink`: it is to be on a link of this node;
   * where it is, nothing else counts, and a default route never does.
   */
  metric(id: number, hop: NextHop, isOnLink: boolean): number {
    return this.way(id, hop, isOnLink)?.metric ?? -1;
  }

  private way(id: number, { ways = [] }: NextHop, isOnLink: boolean): NextHopWay | undefined {
    const link = isOnLink ? ways.find(({ onLink }) => onLink) : undefined;
    return link ?? ways.find((way) => !(isOnLink && way.isDefault) && !this.leadsThrough(id, way));
  }

  /**
   * Whether a way leads through the route of a prefix, now or by what the routes on the way need. Each of these is looked at once: a question about the
   * ways of all of them for each of them would double with every link of a chain.
   */
  private leadsThrough(id: number, { through }: NextHopWay): boolean {
    if (this.passes(id, through)) return true;
    // Nobody's next hop depends on most prefixes.
    if (!this.tables.nextHops.isRelied(id)) return false;
    const seen = new Set<number>();
    let waiting = through;
    while (waiting.length > 0) {
      const next: Prefix[] = [];
      for (const prefix of waiting) {
        const other = this.tables.prefixes.id(prefix, false);
        if (seen.has(other)) continue;
        if (seen.size === MOST_STEPS) return true;
        seen.add(other);
        const ways = this.hopOf(other)?.ways;
        if (!ways) continue;
        const way = ways.find((one) => !this.passes(other, one.through));
        if (way === undefined || this.passes(id, way.through)) return true;
        next.push(...way.through);
      }
      waiting = next;
    }
    return false;
  }

  private passes(id: number, through: readonly Prefix[]): boolean {
    for (let i = 0; i < through.length; i++) if (this.tables.prefixes.is(id, through[i])) return true;
    return false;
  }

  /** The next hop of the route in use to a prefix. */
  private hopOf(id: number): NextHop | undefined {
    const head = id === 0 ? 0 : this.tables.prefixes.rows[id * ROW + ROW_HEAD],
      used = head === 0 ? 0 : this.tables.paths.paths[head * PATH + PATH_POST_POLICY];
    return used === 0 ? undefined : this.tables.nextHops.get(this.tables.attributes.sets[used * SET + SET_NEXT_HOP]);
  }
}
