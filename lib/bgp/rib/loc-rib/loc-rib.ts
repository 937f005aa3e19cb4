/*
 * Hot path: the Loc-RIB and phase 2 of the decision process (RFC 4271 section 9.1.2). It is not a separate table: the
 * best path of a prefix is the first of its chain. Each change of it goes into the log that peers read and into the
 * queue for the kernel.
 */
import type { PeerState } from '../peer';
import type { RouteHop } from '../route-hop';
import {
  SET,
  SET_LOCAL_PREF,
  SET_MED,
  SET_NEIGHBOUR_AS,
  SET_NEXT_HOP,
  SET_ORIGIN,
  SET_ORIGINATOR,
  SET_PATH_LENGTHS,
} from '../table/attribute-table';
import type { ChangeLog } from '../table/change-log';
import { ChangeQueue } from '../table/change-queue';
import type { NextHop } from '../table/next-hop-table';
import { PATH, PATH_NEXT, PATH_PEER, PATH_POST_POLICY, PEER_MASK } from '../table/path-table';
import { ROW, ROW_HEAD, ROW_INSTALLED, ROW_META, ROW_USED } from '../table/prefix-table';
import type { RibTables } from '../tables';
import { Candidates, COLUMN, type DecidingStep } from './decision-process';
import type { Recursion } from './recursion';
import { BestRouteChange } from './route-change';

/** The peer number of this node itself. */
export const LOCAL = 0;

const NO_HOPS: readonly RouteHop[] = [];

/** Maximum number of cached lists of several next hops. */
const MOST_HOP_LISTS = 4096;

/** The best path of each prefix, and the prefixes whose best path has changed. */
export class LocRib {
  private readonly changes: ChangeQueue;
  private readonly candidates = new Candidates();
  /** Path of each candidate. */
  private candidatePaths = new Uint32Array(8);
  /**
   * Lists of several next hops by their string: equal ones are one object, as the code that writes routes looks up a
   * list only once.
   */
  private readonly hopLists = new Map<string, readonly RouteHop[]>();

  /**
   * `log`: receives each prefix whose best route changes. `multipath`: maximum number of equal-cost paths in a change.
   */
  constructor(
    private readonly tables: RibTables,
    private readonly log: ChangeLog,
    private readonly recursion: Recursion,
    public multipath: number,
  ) {
    this.changes = new ChangeQueue(tables.prefixes);
  }

  /** The best route of a prefix changed or was removed. */
  changed(id: number): void {
    this.log.append(id);
    this.changes.push(id);
  }

  /**
   * Reports the prefixes of a range again that have several paths, as the maximum number of next hops changed. Returns
   * false: the walk goes on.
   */
  retake(from: number, to: number): boolean {
    const { rows } = this.tables.prefixes;
    const { paths } = this.tables.paths;
    for (let id = from; id < to; id++) {
      const head = (rows[id * ROW + ROW_META] & ROW_USED) === 0 ? 0 : rows[id * ROW + ROW_HEAD];
      if (head !== 0 && paths[head * PATH + PATH_NEXT] !== 0) this.changes.push(id);
    }
    return false;
  }

  /** Moves the best path of a prefix to the front; `before` is the set that the first path was used with until now. */
  choose(id: number, before: number): void {
    const { paths } = this.tables.paths;
    const { rows } = this.tables.prefixes;
    const row = id * ROW;
    const head = rows[row + ROW_HEAD];
    if (paths[head * PATH + PATH_NEXT] === 0) {
      if (paths[head * PATH + PATH_POST_POLICY] !== before) this.changed(id);
      else if (this.showsOthers(head)) this.changes.push(id); // one of equal cost may have been removed
      return;
    }
    const winner = this.decide(id, head);
    const best = winner < 0 ? head : this.candidatePaths[winner];
    if (best !== head) {
      this.tables.paths.moveToFront(head, best);
      rows[row + ROW_HEAD] = best;
    }
    if (paths[best * PATH + PATH_POST_POLICY] !== before) this.changed(id);
    else if (this.showsOthers(best)) this.changes.push(id); // another path of equal cost may have been added or removed
  }

  /** Whether paths other than the best matter. */
  private showsOthers(best: number): boolean {
    return this.multipath > 1 || (this.tables.paths.paths[best * PATH + PATH_PEER] & PEER_MASK) === LOCAL;
  }

  /**
   * Runs the decision process on the usable paths of a chain; returns the winner among the candidates, -1 if none is
   * usable.
   */
  private decide(id: number, head: number): number {
    const { tables } = this;
    const { paths } = tables.paths;
    const { sets } = tables.attributes;
    const candidates = this.candidates;
    candidates.clear();
    for (let path = head; path !== 0; path = paths[path * PATH + PATH_NEXT]) {
      const used = paths[path * PATH + PATH_POST_POLICY];
      if (used === 0) continue;
      const line = candidates.add();
      const set = used * SET;
      const number = paths[path * PATH + PATH_PEER] & PEER_MASK;
      const peer = tables.peers[number];
      const lengths = sets[set + SET_PATH_LENGTHS];
      if (line === this.candidatePaths.length) {
        const wider = new Uint32Array(line * 2);
        wider.set(this.candidatePaths);
        this.candidatePaths = wider;
      }
      this.candidatePaths[line] = path;
      candidates.set(line, COLUMN.origination, number === LOCAL ? 0 : 1);
      candidates.set(line, COLUMN.localPref, -sets[set + SET_LOCAL_PREF]);
      candidates.set(line, COLUMN.asPathLength, lengths & 0xffff);
      candidates.set(line, COLUMN.origin, sets[set + SET_ORIGIN]);
      candidates.set(line, COLUMN.med, sets[set + SET_MED]);
      candidates.set(line, COLUMN.neighbourAs, sets[set + SET_NEIGHBOUR_AS]);
      candidates.set(line, COLUMN.session, peer?.isExternal === false ? 1 : 0);
      candidates.set(line, COLUMN.igpMetric, this.metric(id, peer, used));
      candidates.set(line, COLUMN.routerId, sets[set + SET_ORIGINATOR] || (peer?.routerId ?? 0));
      candidates.set(line, COLUMN.clusterListLength, lengths >>> 16);
      candidates.set(line, COLUMN.peerAddress, peer?.rank ?? 0);
      candidates.set(line, COLUMN.pathId, tables.paths.pathId(path));
    }
    return candidates.decide();
  }

  /** The interior cost of a path (RFC 4271 section 9.1.2.2 e). */
  private metric(id: number, peer: PeerState | undefined, used: number): number {
    const hop = this.hopOf(used);
    if (hop === undefined) return 0;
    return hop.ways ? this.recursion.metric(id, hop, peer?.isOnLink === true) : hop.state.metric;
  }

  private hopOf(set: number): NextHop | undefined {
    return this.tables.nextHops.get(this.tables.attributes.sets[set * SET + SET_NEXT_HOP]);
  }

  /**
   * The best path of a chain, 0 if none is usable, for each other usable path the step in which it lost, and those that
   * are used beside the best one (multipath).
   */
  explain(id: number, head: number): Explained {
    const winner = this.decide(id, head);
    const lost = new Map<number, DecidingStep | undefined>();
    for (let i = 0; i < this.candidates.count; i++) lost.set(this.candidatePaths[i], this.candidates.lostAt(i));
    const best = winner < 0 ? 0 : this.candidatePaths[winner];
    const together = new Set<number>();
    const isLocal = best === 0 || this.hopOf(this.tables.paths.paths[best * PATH + PATH_POST_POLICY]) === undefined;
    if (!isLocal && this.multipath > 1) this.equals(together);
    together.delete(best);
    return { best, lost, beside: together };
  }

  /** Whether there are changes to take. */
  get hasChanges(): boolean {
    return !this.changes.isEmpty;
  }

  /** Reports every prefix with a route again, for a consumer that has none. */
  showAll(): void {
    const { rows, limit } = this.tables.prefixes;
    for (let id = 1; id < limit; id++)
      if ((rows[id * ROW + ROW_META] & ROW_USED) !== 0 && rows[id * ROW + ROW_HEAD] !== 0) this.changes.push(id);
  }

  /**
   * The next prefix with a change since it was last taken (its best route, or on an own prefix others' paths), with its
   * latest state; undefined if there is none. Called in a loop rather than with a callback: the consumer is compiled
   * separately from the code that makes changes.
   */
  takeChange(): BestRouteChange | undefined {
    const { prefixes, paths } = this.tables;
    for (let id = this.changes.shift(); id !== 0; id = this.changes.shift()) {
      const { rows } = prefixes;
      const row = id * ROW;
      const head = rows[row + ROW_HEAD];
      const used = head === 0 ? 0 : paths.paths[head * PATH + PATH_POST_POLICY];
      let change: BestRouteChange | undefined;
      if (used !== 0) {
        const isNew = (rows[row + ROW_META] & ROW_INSTALLED) === 0;
        rows[row + ROW_META] |= ROW_INSTALLED;
        change = this.change(id, head, isNew);
      } else if ((rows[row + ROW_META] & ROW_INSTALLED) !== 0) {
        rows[row + ROW_META] &= ~ROW_INSTALLED;
        change = new BestRouteChange(id, prefixes, null, LOCAL);
      }
      this.tables.forgetUnused(id);
      if (!change) continue;
      return change;
    }
    return undefined;
  }

  /** The best route of a prefix as a change. */
  private change(id: number, head: number, isNew: boolean): BestRouteChange {
    const { paths } = this.tables.paths;
    const peer = paths[head * PATH + PATH_PEER] & PEER_MASK;
    const isLocal = this.hopOf(paths[head * PATH + PATH_POST_POLICY]) === undefined;
    const nextHops = isLocal ? NO_HOPS : this.multipath > 1 ? this.equalHops(id, head) : this.hopsOf(head);
    return new BestRouteChange(id, this.tables.prefixes, nextHops, peer, isNew);
  }

  /** The list with only the next hop of a usable path. */
  private hopsOf(path: number): readonly RouteHop[] {
    const { paths } = this.tables.paths;
    const hop = this.hopOf(paths[path * PATH + PATH_POST_POLICY])!;
    const peer = this.tables.peers[paths[path * PATH + PATH_PEER] & PEER_MASK];
    return peer?.isOnLink === true ? hop.directList : hop.list;
  }

  /**
   * The next hops of the paths that equal the best one up to the interior cost: the best one's first, then ranked by
   * the later steps.
   */
  private equalHops(id: number, head: number): readonly RouteHop[] {
    this.decide(id, head);
    const hops = this.equals();
    const key = Array.from(hops, ([text, { isDirect }]) => (isDirect ? `${text}!` : text)).join(' ');
    const known = this.hopLists.get(key);
    if (known) return known;
    if (this.hopLists.size >= MOST_HOP_LISTS) this.hopLists.clear();
    const list = [...hops.values()];
    this.hopLists.set(key, list);
    return list;
  }
  /** The same by their text after a decision; `used`: receives the paths that they are of. */
  private equals(used?: Set<number>): Map<string, RouteHop> {
    const hops = new Map<string, RouteHop>();
    for (const index of this.candidates.rankEquals()) {
      if (hops.size === this.multipath) break;
      const path = this.candidatePaths[index];
      const [hop] = this.hopsOf(path);
      const text = hop.toString();
      if (hops.has(text)) continue;
      hops.set(text, hop);
      used?.add(path);
    }
    return hops;
  }
}

/** See {@link LocRib.explain}. */
interface Explained {
  readonly best: number;
  readonly lost: ReadonlyMap<number, DecidingStep | undefined>;
  readonly beside: ReadonlySet<number>;
}
