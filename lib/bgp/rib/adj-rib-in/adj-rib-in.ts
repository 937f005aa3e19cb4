/*
 * Hot path: the Adj-RIBs-In of all neighbours (RFC 4271 section 3.2): their paths as received, each with its
 * post-policy set (section 9.1.1, phase 1). Any change of a prefix's usable paths triggers the decision process (phase
 * 2) at once.
 */
import { REJECTED } from '../../policy/prefix-rules';
import type { LocRib } from '../loc-rib/loc-rib';
import type { PeerState } from '../peer';
import { outcomeOf } from '../policy-view';
import type { AttributeTable } from '../table/attribute-table';
import type { ChangeLog } from '../table/change-log';
import {
  PATH,
  PATH_MARTIAN,
  PATH_NEXT,
  PATH_PEER,
  PATH_POST_POLICY,
  PATH_PRE_POLICY,
  PATH_STALE,
  type PathTable,
  PEER_MASK,
} from '../table/path-table';
import { type PrefixTable, ROW, ROW_HEAD, ROW_META, ROW_USED, rowFamily } from '../table/prefix-table';
import type { RibTables } from '../tables';
import type { Eligibility } from './eligibility';
import { nextHopIneligibility } from './ineligibility';
import { isMartian } from './martians';
import type { RefusalBook } from './refusals';

/**
 * Maximum number of paths from one neighbour to one prefix (RFC 7911 sets no limit): the cost of each grows with the
 * number of the others.
 */
export const MOST_PATHS = 256;

/** Whether a neighbour's path is to be removed, given the index of its family. */
export type PathFilter = (path: number, family: number) => boolean;

/** The paths of all neighbours, and of this node itself (number 0). */
export class AdjRibIn {
  private readonly prefixes: PrefixTable;
  private readonly paths: PathTable;
  private readonly attributes: AttributeTable;

  /** `pathLog`: receives each prefix of which a usable path is added, changed or removed (RFC 7911). */
  constructor(
    private readonly tables: RibTables,
    private readonly locRib: LocRib,
    private readonly pathLog: ChangeLog,
    private readonly eligibility: Eligibility,
    private readonly refusals: RefusalBook,
  ) {
    this.prefixes = tables.prefixes;
    this.paths = tables.paths;
    this.attributes = tables.attributes;
  }

  /**
   * Adds or replaces a neighbour's path to a prefix: the set as received, and the one to use (0: none). `mark`: 0 or
   * `PATH_MARTIAN`. False if it already has too many paths to this prefix.
   */
  put(
    number: number,
    peer: PeerState | undefined,
    id: number,
    pathId: number,
    set: number,
    used: number,
    mark = 0,
  ): boolean {
    const row = id * ROW;
    const head = this.prefixes.rows[row + ROW_HEAD];
    const family = rowFamily(this.prefixes.rows[row + ROW_META]);
    if (head === 0) {
      this.prefixes.rows[row + ROW_HEAD] = this.paths.add(set, used, number | mark, pathId);
      this.hold(set, used);
      count(peer, family, 1, used === 0 ? 0 : 1);
      if (mark !== 0) peer!.martians[family]++;
      if (used === 0) return true;
      this.locRib.changed(id);
      this.pathLog.append(id);
      return true;
    }
    const { paths } = this.paths;
    const before = paths[head * PATH + PATH_POST_POLICY];
    const path = this.paths.find(head, number, pathId);
    if (path === 0) {
      if (pathId !== 0 && this.paths.countOf(head, number) >= MOST_PATHS) return false;
      this.paths.insertBehind(head, this.paths.add(set, used, number | mark, pathId));
      this.hold(set, used);
      count(peer, family, 1, used === 0 ? 0 : 1);
      if (mark !== 0) peer!.martians[family]++;
      if (used === 0) return true;
      this.pathLog.append(id);
      this.locRib.choose(id, before);
      return true;
    }
    const line = path * PATH;
    const oldSet = paths[line + PATH_PRE_POLICY];
    const oldUsed = paths[line + PATH_POST_POLICY];
    if (((paths[line + PATH_PEER] ^ mark) & PATH_MARTIAN) !== 0) this.mark(path, peer!, family, mark);
    paths[line + PATH_PEER] = number | mark;
    if (oldSet === set && oldUsed === used) return true;
    if (oldSet !== set) this.paths.since[path] = this.paths.now;
    this.hold(set, used);
    paths[line + PATH_PRE_POLICY] = set;
    paths[line + PATH_POST_POLICY] = used;
    count(peer, family, 0, (used === 0 ? 0 : 1) - (oldUsed === 0 ? 0 : 1));
    if (used !== oldUsed) {
      this.pathLog.append(id);
      this.locRib.choose(id, before);
    }
    this.letGo(oldSet, oldUsed);
    return true;
  }

  /** Sets or clears (0) a path's `PATH_MARTIAN` mark. Returns whether it became set. */
  private mark(path: number, peer: PeerState, family: number, mark: number): boolean {
    const line = path * PATH + PATH_PEER;
    const { paths } = this.paths;
    if (((paths[line] ^ mark) & PATH_MARTIAN) === 0) return false;
    paths[line] ^= PATH_MARTIAN;
    peer.martians[family] += mark === 0 ? -1 : 1;
    return mark !== 0;
  }

  private hold(set: number, used: number): void {
    this.attributes.hold(set);
    if (used !== 0 && used !== set) this.attributes.hold(used);
  }

  private letGo(set: number, used: number): void {
    if (used !== 0 && used !== set) this.attributes.release(used);
    this.attributes.release(set);
  }

  /** Removes a neighbour's path to a prefix. */
  drop(number: number, peer: PeerState | undefined, id: number, pathId: number): void {
    const head = this.prefixes.rows[id * ROW + ROW_HEAD];
    const path = this.paths.find(head, number, pathId);
    if (path !== 0) this.remove(peer, id, head, path);
  }

  private remove(peer: PeerState | undefined, id: number, head: number, path: number): void {
    const { paths } = this.paths;
    const { rows } = this.prefixes;
    const line = path * PATH;
    const before = paths[head * PATH + PATH_POST_POLICY];
    const set = paths[line + PATH_PRE_POLICY];
    const used = paths[line + PATH_POST_POLICY];
    const isMarked = (paths[line + PATH_PEER] & PATH_MARTIAN) !== 0;
    const family = rowFamily(rows[id * ROW + ROW_META]);
    const first = this.paths.remove(head, path);
    rows[id * ROW + ROW_HEAD] = first;
    count(peer, family, -1, used === 0 ? 0 : -1);
    if (isMarked) peer!.martians[family]--;
    if (used !== 0) this.pathLog.append(id);
    if (first === 0) {
      if (before !== 0) this.locRib.changed(id);
      this.tables.forgetUnused(id);
    } else if (used !== 0) this.locRib.choose(id, before);
    this.letGo(set, used);
  }

  /**
   * Passes the paths of a neighbour to the prefixes of a range to `isToGo`, about `most` at a time, and removes those
   * for which it returns true; returns the number of paths.
   */
  visit(peer: PeerState, from: number, to: number, most: number, isToGo: PathFilter): number {
    const { paths } = this.paths;
    const { rows } = this.prefixes;
    const { number } = peer;
    let seen = 0;
    for (let id = from; id < to && seen < most; id++) {
      const meta = rows[id * ROW + ROW_META];
      if ((meta & ROW_USED) === 0) continue;
      const head = rows[id * ROW + ROW_HEAD];
      for (let path = head; path !== 0; path = paths[path * PATH + PATH_NEXT]) {
        if ((paths[path * PATH + PATH_PEER] & PEER_MASK) !== number) continue;
        if (this.paths.pathIds !== undefined) seen += this.visitSeveral(peer, id, isToGo);
        else {
          seen++;
          if (isToGo(path, rowFamily(meta))) this.remove(peer, id, head, path);
        }
        break; // without path identifiers a neighbour has one path to a prefix
      }
    }
    return seen;
  }

  /** The same for one prefix, to which a neighbour may have several paths (RFC 7911). */
  private visitSeveral(peer: PeerState, id: number, isToGo: PathFilter): number {
    const { paths } = this.paths;
    const { rows } = this.prefixes;
    const family = rowFamily(rows[id * ROW + ROW_META]);
    const own: number[] = []; // collected first, because each removal may rearrange the chain
    for (let path = rows[id * ROW + ROW_HEAD]; path !== 0; path = paths[path * PATH + PATH_NEXT])
      if ((paths[path * PATH + PATH_PEER] & PEER_MASK) === peer.number) own.push(path);
    for (const path of own) if (isToGo(path, family)) this.remove(peer, id, rows[id * ROW + ROW_HEAD], path);
    return own.length;
  }

  /**
   * Marks a path of a neighbour that restarts or repeats its routes as stale, until it is received again or swept (RFC
   * 4724, RFC 7313).
   */
  markStale(path: number): void {
    this.paths.paths[path * PATH + PATH_PEER] |= PATH_STALE;
  }

  isStale(path: number): boolean {
    return (this.paths.paths[path * PATH + PATH_PEER] & PATH_STALE) !== 0;
  }

  /** Evaluates the selected paths to a prefix again, and runs the decision process. */
  evaluate(id: number, concerns: (path: number) => boolean): void {
    const row = id * ROW;
    const { rows } = this.prefixes;
    const { paths } = this.paths;
    const { eligibility } = this;
    const head = rows[row + ROW_HEAD];
    const old: number[] = [];
    if ((rows[row + ROW_META] & ROW_USED) === 0 || head === 0) return;
    const before = paths[head * PATH + PATH_POST_POLICY];
    const family = rowFamily(rows[row + ROW_META]);
    const martian = isMartian(this.prefixes, id);
    let isConcerned = false;
    for (let path = head; path !== 0; path = paths[path * PATH + PATH_NEXT]) {
      const peer = this.tables.peers[paths[path * PATH + PATH_PEER] & PEER_MASK];
      if (!peer || !concerns(path)) continue;
      isConcerned = true;
      const set = paths[path * PATH + PATH_PRE_POLICY];
      const used = paths[path * PATH + PATH_POST_POLICY];
      const policy = martian
        ? eligibility.martianOutcome(peer, set, id)
        : outcomeOf(eligibility.rules(peer, set), this.prefixes, id);
      const outcome = eligibility.ofAttributes(peer, set) ? REJECTED : policy;
      const now = eligibility.postPolicy(peer, set, outcome, id);
      const lacksHop =
        now === 0 && outcome !== REJECTED ? nextHopIneligibility(eligibility.hopOf(set), peer) : undefined;
      if (lacksHop !== undefined) this.refusals.add(peer, lacksHop, 1, set, id);
      if (martian && this.mark(path, peer, family, policy === REJECTED ? PATH_MARTIAN : 0))
        this.refusals.add(peer, 'martian', 1, set, id);
      if (now !== used) {
        if (now !== 0 && now !== set) this.attributes.hold(now);
        if (used !== 0 && used !== set) old.push(used);
        paths[path * PATH + PATH_POST_POLICY] = now;
        this.pathLog.append(id);
        count(peer, family, 0, (now === 0 ? 0 : 1) - (used === 0 ? 0 : 1));
      }
      eligibility.forgetDerived();
    }
    if (isConcerned) this.locRib.choose(id, before);
    // Not earlier: a released number may be reused for another set at once, and the change would go unnoticed.
    for (const set of old) this.attributes.release(set);
  }
}

function count(peer: PeerState | undefined, family: number, received: number, accepted: number): void {
  if (peer === undefined) return;
  peer.received[family] += received;
  peer.accepted[family] += accepted;
}
