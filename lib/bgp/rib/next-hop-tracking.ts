import type { IpAddress } from '../../model/address';
import type { AdjRibIn } from './adj-rib-in/adj-rib-in';
import { SET, SET_NEXT_HOP } from './table/attribute-table';
import type { NextHopState } from './table/next-hop-table';
import { PATH, PATH_NEXT, PATH_PEER, PATH_PRE_POLICY, PEER_MASK } from './table/path-table';
import { ROW, ROW_HEAD, ROW_META, ROW_USED } from './table/prefix-table';
import type { Reevaluate } from './table-walk';
import type { RibTables } from './tables';

/** A change of reachability of a next hop; `state` undefined: unknown. */
export interface NextHopChange {
  readonly address: IpAddress;
  readonly state: NextHopState | undefined;
}

/** The routes that depend on the reachability of next hops (RFC 4271 section 9.1.2.1). */
export class NextHopTracking {
  constructor(
    private readonly tables: RibTables,
    private readonly adjRibIn: AdjRibIn,
    private readonly reevaluate: Reevaluate,
  ) {}

  /** See `Rib.setNextHops`. */
  set(changes: Iterable<NextHopChange>, later: boolean): void {
    const { nextHops, prefixes } = this.tables;
    const news = new Set<string>();
    const waiting: Uint32Array[] = [];
    for (const { address, state } of changes) {
      const outcome = nextHops.setState(address, state);
      if (outcome === 'changed') news.add(address.toString());
      else if (outcome !== 'same') waiting.push(...outcome);
    }
    nextHops.rely((prefix) => prefixes.id(prefix, false));
    for (const ids of waiting) for (let i = 0; i < ids.length; i++) this.adjRibIn.evaluate(ids[i], () => true);
    if (news.size > 0) this.reevaluate(`next hops ${[...news]}`, (path) => this.leadsTo(path, news), later);
  }

  private leadsTo(path: number, addresses: ReadonlySet<string>): boolean {
    const { peers, paths, attributes, nextHops } = this.tables;
    const line = path * PATH;
    if (peers[paths.paths[line + PATH_PEER] & PEER_MASK]?.importPolicy.changesNextHop) return true;
    const hop = nextHops.get(attributes.sets[paths.paths[line + PATH_PRE_POLICY] * SET + SET_NEXT_HOP]);
    return hop !== undefined && addresses.has(hop.address.toString());
  }

  /** Number of paths, used or not, by next hop address; only for these addresses. */
  pathsBy(addresses: readonly IpAddress[]): Map<string, number> {
    const { nextHops, attributes } = this.tables;
    const counts = new Map(addresses.map((address) => [address.toString(), 0]));
    const byHop = new Uint32Array(nextHops.limit);
    if (counts.size === 0) return counts;
    const { rows, limit } = this.tables.prefixes;
    const { paths } = this.tables.paths;
    const { sets } = attributes;
    for (let id = 1; id < limit; id++) {
      if ((rows[id * ROW + ROW_META] & ROW_USED) === 0) continue;
      for (let path = rows[id * ROW + ROW_HEAD]; path !== 0; path = paths[path * PATH + PATH_NEXT])
        byHop[sets[paths[path * PATH + PATH_PRE_POLICY] * SET + SET_NEXT_HOP]]++;
    }
    for (let hop = 1; hop < byHop.length; hop++) {
      const name = byHop[hop] === 0 ? undefined : nextHops.get(hop)?.address.toString();
      if (name !== undefined && counts.has(name)) counts.set(name, counts.get(name)! + byHop[hop]);
    }
    return counts;
  }
}
