/*
 * Hot path: the Adj-RIBs-Out and phase 3 (RFC 4271 section 9.1.3): pending routes become UPDATE messages when a
 * neighbour can accept them. Nothing is prepared in advance and only one bit per prefix is stored for each peer: the
 * latest state is sent, however long the neighbour did not read.
 */

import { assert, isChecking } from '../../../model/assertion';
import { type PrefixRules, REJECTED } from '../../policy/prefix-rules';
import type { Family } from '../../wire/family';
import { encodeRouteRefresh, REFRESH } from '../../wire/route-refresh';
import { endOfRib, UpdateWriter } from '../../wire/update-writer';
import { FAMILY_BY_INDEX, type PeerState } from '../peer';
import { advertisedView, outcomeOf } from '../policy-view';
import { SET } from '../table/attribute-table';
import type { ChangeLog } from '../table/change-log';
import { grown } from '../table/growth';
import { PATH, PATH_NEXT, PATH_POST_POLICY, type PathTable } from '../table/path-table';
import {
  IPV4,
  IPV6,
  type PrefixTable,
  ROW,
  ROW_ADVERTISED,
  ROW_HEAD,
  ROW_IPV6,
  ROW_KEY,
  ROW_LENGTH,
  ROW_META,
  ROW_USED,
  rowFamily,
} from '../table/prefix-table';
import type { RibTables } from '../tables';
import { familyOfSet, nextHopFor } from './advertisement-rules';
import { roomFor, writeAttributes } from './attribute-rewriter';
import { exportObstacle } from './not-advertised';

/** Prefixes processed together: those with the same attribute set share messages. */
const BATCH = 4096;
/** Rows examined in one step of a dump. */
const STRIDE = 65536;
/** Marks an entry whose path no longer exists. */
const GONE = 0x40000000;

/** Builds the output of all peers; keeps only scratch space between calls. */
export class AdjRibOut {
  /**
   * Entries: prefixes, and for a peer that gets all paths the path: 0 for the best one, or for all until {@link
   * expand}.
   */
  private batch = new Uint32Array(BATCH);
  private batchPaths = new Uint32Array(BATCH);
  private next = new Uint32Array(BATCH);
  /** The result of {@link expand}. */
  private wide = new Uint32Array(BATCH);
  private widePaths = new Uint32Array(BATCH);
  /** First entry (index + 1) of the chain of each set within the batch; all 0 between batches. */
  private first = new Uint32Array(64);
  private sets: number[] = [];
  /** Groups to announce, three numbers each: the set, the outcome of the policy, and the first entry of the chain. */
  private readonly groups: number[] = [];
  /** Entries to be withdrawn from the peer. */
  private gone: number[] = [];
  /** Used in turn: the writer reads the attributes of one group until the next one has begun. */
  private attributes = new Uint8Array(1024);
  private spare = new Uint8Array(1024);
  private readonly writers = new Map<string, UpdateWriter>();
  private readonly prefixes: PrefixTable;
  private readonly paths: PathTable;

  /** `bestLog`: changes of best routes; `pathLog`: of any path, for peers that get all (RFC 7911). */
  constructor(
    private readonly tables: RibTables,
    private readonly bestLog: ChangeLog,
    private readonly pathLog: ChangeLog,
  ) {
    this.prefixes = tables.prefixes;
    this.paths = tables.paths;
  }

  /** The session of a peer is up: it is sent the whole table, then End-of-RIB for each family. */
  open(peer: PeerState): void {
    const { addPathSend, families } = peer.context!;
    this.close(peer);
    peer.log = addPathSend.size > 0 ? this.pathLog : this.bestLog;
    peer.cursor = peer.log.open();
    for (const family of [IPV4, IPV6]) {
      peer.negotiated[family] = families.has(FAMILY_BY_INDEX[family]);
      peer.getsAllPaths[family] = addPathSend.has(FAMILY_BY_INDEX[family]);
      if (peer.negotiated[family]) peer.dumps[family].start('end-of-rib');
    }
  }

  /** The session of a peer is down: nothing is advertised to it any more. */
  close(peer: PeerState): void {
    if (peer.cursor) peer.log!.close(peer.cursor);
    peer.cursor = undefined;
    peer.backlog = [];
    peer.backlogPaths = [];
    for (const dump of peer.dumps) dump.cancel();
    peer.advertised.fill(0);
    const withdraw = (id: number) => this.tables.withdrawn(id);
    peer.advertisedPrefixes.drain(withdraw);
    peer.advertisedPaths.drain(withdraw);
  }

  /** Advertisements to a peer have changed: the tables of these families are walked again. */
  readvertise(peer: PeerState, families: readonly number[] = [IPV4, IPV6]): void {
    if (!peer.cursor) return;
    for (const family of families) if (peer.negotiated[family]) peer.dumps[family].next = 1;
  }

  /** The peer requests a refresh of a family (RFC 2918); `enhanced`: between BoRR and EoRR (RFC 7313). */
  refresh(peer: PeerState, family: number, enhanced: boolean): void {
    if (!peer.cursor || !peer.negotiated[family]) return;
    const dump = peer.dumps[family];
    // RFC 7313 section 4: no BoRR before the first End-of-RIB.
    if (dump.marker === 'end-of-rib') dump.next = 1;
    else dump.start(enhanced ? 'eorr' : 'none');
  }

  /** Whether there may be output. */
  isDue(peer: PeerState): boolean {
    const { cursor, dumps, backlog, log } = peer;
    if (!cursor) return false;
    return backlog.length > 0 || dumps[IPV4].next !== 0 || dumps[IPV6].next !== 0 || log!.hasUnread(cursor);
  }

  /**
   * Complete messages of about `maxBytes` octets at most (at least one message); undefined if there is nothing to send.
   */
  take(peer: PeerState, maxBytes: number): Uint8Array | undefined {
    if (!peer.cursor) return undefined;
    const writer = this.writerFor(peer, maxBytes);
    const parts: Uint8Array[] = [];
    let size = 0;
    while (size + writer.length < maxBytes) {
      const filled = this.fill(peer);
      if (filled > 0) {
        const count = peer.getsAllPaths[IPV4] || peer.getsAllPaths[IPV6] ? this.expand(peer, filled) : filled;
        if (!this.send(peer, count, writer)) break;
        continue;
      }
      const mark = this.endDump(peer);
      if (mark === undefined) {
        if (!this.isDue(peer)) break;
        continue;
      }
      // Markers are rare and must stay in order with routes, so the writer is emptied before them.
      const before = writer.take();
      parts.push(before, mark);
      size += before.length + mark.length;
    }
    parts.push(writer.take());
    const whole = parts.filter((part) => part.length > 0);
    if (whole.length < 2) return whole[0];
    const all = new Uint8Array(whole.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of whole) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /**
   * Fills the batch with the next prefixes: those that were put back, then changes, then the dumps. A change beyond the
   * position of a dump is left to the dump.
   */
  private fill(peer: PeerState): number {
    const batch = this.batch;
    const paths = this.batchPaths;
    const log = peer.log!;
    const { rows } = this.prefixes;
    let count = 0;
    if (peer.backlog.length > 0) {
      const carried = peer.backlogPaths.splice(0, BATCH);
      for (const id of peer.backlog.splice(0, BATCH)) {
        paths[count] = carried[count];
        batch[count++] = id;
      }
      return count;
    }
    while (count < BATCH && log.hasUnread(peer.cursor!)) {
      const end = count + log.read(peer.cursor!, batch, count, BATCH - count);
      for (let i = count; i < end; i++) {
        const id = batch[i];
        const dump = peer.dumps[rowFamily(rows[id * ROW + ROW_META])];
        if (dump.next === 0 || id < dump.next) batch[count++] = id;
      }
    }
    paths.fill(0, 0, count);
    if (count > 0) return count;
    const family = peer.dumps[IPV4].next !== 0 ? IPV4 : IPV6;
    return peer.dumps[family].next === 0 ? 0 : this.fillFromTable(peer, family);
  }

  private fillFromTable(peer: PeerState, family: number): number {
    const batch = this.batch;
    const { rows, limit } = this.prefixes;
    const dump = peer.dumps[family];
    const wanted = ROW_USED | (family === IPV4 ? 0 : ROW_IPV6);
    if (dump.sendsBorr) return 0;
    let count = 0;
    let id = dump.next;
    const end = Math.min(limit, id + STRIDE);
    for (; id < end && count < BATCH; id++)
      if ((rows[id * ROW + ROW_META] & (ROW_USED | ROW_IPV6)) === wanted) batch[count++] = id;
    this.batchPaths.fill(0, 0, count);
    dump.next = id;
    return count;
  }

  /** Creates an entry for each path of the batch's prefixes that a peer gets or has; returns their number. */
  private expand(peer: PeerState, count: number): number {
    const { rows } = this.prefixes;
    const { advertisedPaths } = peer;
    let to = 0;
    const add = (id: number, path: number) => {
      if (to === this.wide.length) {
        this.wide = grown(this.wide, to + 1);
        this.widePaths = grown(this.widePaths, to + 1);
      }
      this.wide[to] = id;
      this.widePaths[to++] = path;
    };
    for (let i = 0; i < count; i++) {
      const id = this.batch[i];
      const only = this.batchPaths[i] & ~GONE;
      const row = id * ROW;
      if (!peer.getsAllPaths[rowFamily(rows[row + ROW_META])]) {
        add(id, 0);
        continue;
      }
      const there: number[] = [];
      const { paths } = this.paths;
      for (let path = rows[row + ROW_HEAD]; path !== 0; path = paths[path * PATH + PATH_NEXT])
        if (paths[path * PATH + PATH_POST_POLICY] !== 0) there.push(path);
      advertisedPaths.visit(id, (path) => {
        if ((only === 0 || only === path) && !there.includes(path)) add(id, path | GONE);
      });
      for (const path of there) if (only === 0 || only === path) add(id, path);
    }
    [this.batch, this.wide] = [this.wide, this.batch];
    [this.batchPaths, this.widePaths] = [this.widePaths, this.batchPaths];
    this.next = grown(this.next, to);
    return to;
  }

  /** The marker due at the beginning or end of a dump. */
  private endDump(peer: PeerState): Uint8Array | undefined {
    for (const [index, dump] of peer.dumps.entries()) {
      const family: Family = FAMILY_BY_INDEX[index];
      if (dump.next === 0) continue;
      if (dump.sendsBorr) {
        dump.sendsBorr = false;
        return encodeRouteRefresh(family, REFRESH.begin);
      }
      if (dump.next < this.prefixes.limit) return undefined;
      const { marker } = dump;
      dump.next = 0;
      dump.marker = 'none';
      if (marker === 'end-of-rib') return endOfRib(family);
      return marker === 'eorr' ? encodeRouteRefresh(family, REFRESH.end) : undefined;
    }
    return undefined;
  }

  /** Sends the peer the state of the batch's prefixes; false if the writer is full (the rest comes first next time). */
  private send(peer: PeerState, count: number, writer: UpdateWriter): boolean {
    this.sort(peer, count);
    let hasRoom = this.withdraw(peer, writer, IPV4) && this.withdraw(peer, writer, IPV6);
    const next = this.next;
    const groups = this.groups;
    for (let i = 0; i < groups.length; i += 3) {
      const set = groups[i];
      const outcome = groups[i + 1];
      let entry = groups[i + 2];
      if (hasRoom) {
        const family = familyOfSet(this.tables.attributes, set);
        const edit = peer.exportEdit(outcome);
        const nextHop = nextHopFor(this.tables, set, peer, edit)!;
        const isPlain = family === IPV4 && nextHop.length === 4;
        this.swapScratch(roomFor(this.tables, set, edit));
        const end = writeAttributes(this.tables, set, peer, isPlain ? nextHop : undefined, edit, this.attributes, 0);
        if (!writer.announce(FAMILY_BY_INDEX[family], this.attributes.subarray(0, end), nextHop)) {
          // The attributes no longer fit a message (RFC 8654 section 4): the routes cannot be advertised, only
          // withdrawn.
          this.gone.length = 0;
          for (; entry !== 0; entry = next[entry - 1]) this.gone.push(entry - 1);
          hasRoom = this.withdraw(peer, writer, family);
        }
        if (peer.getsAllPaths[family])
          while (entry !== 0 && this.announcePath(peer, entry - 1, family, writer)) entry = next[entry - 1];
        else {
          const batch = this.batch;
          while (entry !== 0 && this.announce(peer, batch[entry - 1], family, writer)) entry = next[entry - 1];
        }
      }
      if (entry === 0) continue;
      hasRoom = false;
      for (; entry !== 0; entry = next[entry - 1]) this.putBack(peer, entry - 1);
    }
    return hasRoom;
  }

  private swapScratch(size: number): void {
    const next = this.spare.length < size ? new Uint8Array(size * 2) : this.spare;
    this.spare = this.attributes;
    this.attributes = next;
  }

  /**
   * Splits the batch into chains with one attribute set each, and entries that must not (or no longer) be advertised to
   * the peer.
   */
  private sort(peer: PeerState, count: number): void {
    const batch = this.batch;
    const batchPaths = this.batchPaths;
    const next = this.next;
    const { rows } = this.prefixes;
    const { paths } = this.paths;
    const { attributes: store } = this.tables;
    if (this.first.length < store.limit) this.first = new Uint32Array(store.sets.length / SET);
    const first = this.first;
    const gone = this.gone;
    const sets = this.sets;
    if (isChecking)
      assert(
        first.every((entry) => entry === 0),
        'no chain of a batch outlives it',
      );
    gone.length = 0;
    sets.length = 0;
    // From the end, so that the chains and the sets are in the order of the batch.
    for (let i = count - 1; i >= 0; i--) {
      let path = batchPaths[i];
      if (path === 0) path = rows[batch[i] * ROW + ROW_HEAD];
      else if ((path & GONE) !== 0) path = 0;
      const set = path === 0 ? 0 : paths[path * PATH + PATH_POST_POLICY];
      if (set === 0) {
        gone.push(i);
        continue;
      }
      if (first[set] === 0) sets.push(set);
      next[i] = first[set];
      first[set] = i + 1;
    }
    this.groups.length = 0;
    const { tables } = this;
    const { exportPolicy: policy, negotiated } = peer;
    const general = policy.prefixRules;
    const forAll = general && !general.usesPrefix ? general.otherwise : undefined;
    for (let i = sets.length - 1; i >= 0; i--) {
      const set = sets[i];
      const chain = first[set];
      first[set] = 0;
      if (!negotiated[familyOfSet(store, set)] || exportObstacle(tables, set, peer))
        this.addGroup(peer, set, REJECTED, chain);
      else if (forAll !== undefined) this.addGroup(peer, set, forAll, chain);
      else this.group(peer, set, chain, general ?? policy.rulesFor(advertisedView(tables, set, peer)));
    }
  }

  /** Splits the chain of a set by policy outcome. */
  private group(peer: PeerState, set: number, chain: number, rules: PrefixRules): void {
    const next = this.next;
    if (!rules.usesPrefix) {
      this.addGroup(peer, set, rules.otherwise, chain);
      return;
    }
    // By outcome, in the order of the batch; there are few.
    const chains: { outcome: number; first: number; last: number }[] = [];
    for (let entry = chain, after = 0; entry !== 0; entry = after) {
      after = next[entry - 1];
      next[entry - 1] = 0;
      const outcome = outcomeOf(rules, this.prefixes, this.batch[entry - 1]);
      const part = chains.find((each) => each.outcome === outcome);
      if (part) {
        next[part.last - 1] = entry;
        part.last = entry;
      } else chains.push({ outcome, first: entry, last: entry });
    }
    for (const part of chains) this.addGroup(peer, set, part.outcome, part.first);
  }

  private addGroup(peer: PeerState, set: number, outcome: number, first: number): void {
    if (outcome !== REJECTED && nextHopFor(this.tables, set, peer, peer.exportEdit(outcome)) !== undefined)
      this.groups.push(set, outcome, first);
    else for (let entry = first; entry !== 0; entry = this.next[entry - 1]) this.gone.push(entry - 1);
  }

  /** Withdraws entries of `gone` that were advertised to the peer; false if the writer is full. */
  private withdraw(peer: PeerState, writer: UpdateWriter, family: number): boolean {
    const { rows } = this.prefixes;
    const gone = this.gone;
    let isBegun = false;
    let hasRoom = true;
    for (let i = 0; i < gone.length; i++) {
      const entry = gone[i];
      const id = this.batch[entry];
      const path = this.batchPaths[entry] & ~GONE;
      if (!(path === 0 ? peer.advertisedPrefixes.has(id) : peer.advertisedPaths.has(id, path))) continue;
      if (rowFamily(rows[id * ROW + ROW_META]) !== family) continue;
      if (!isBegun) writer.withdraw(FAMILY_BY_INDEX[family]);
      isBegun = true;
      hasRoom = hasRoom && this.write(id, path, writer);
      if (!hasRoom) {
        this.putBack(peer, entry);
        continue;
      }
      if (path === 0) peer.advertisedPrefixes.delete(id);
      else peer.advertisedPaths.delete(id, path);
      peer.advertised[family]--;
      if (path !== 0 && peer.advertisedPaths.hasAny(id)) continue;
      this.tables.withdrawn(id);
    }
    return hasRoom;
  }

  private announce(peer: PeerState, id: number, family: number, writer: UpdateWriter): boolean {
    if (!this.write(id, 0, writer)) return false;
    if (peer.advertisedPrefixes.add(id)) {
      peer.advertised[family]++;
      this.prefixes.rows[id * ROW + ROW_META] += ROW_ADVERTISED;
    }
    return true;
  }

  private announcePath(peer: PeerState, entry: number, family: number, writer: UpdateWriter): boolean {
    const id = this.batch[entry];
    const path = this.batchPaths[entry];
    if (!this.write(id, path, writer)) return false;
    const isFirst = !peer.advertisedPaths.hasAny(id);
    if (peer.advertisedPaths.add(id, path)) peer.advertised[family]++;
    if (isFirst) this.prefixes.rows[id * ROW + ROW_META] += ROW_ADVERTISED;
    return true;
  }

  private write(id: number, path: number, writer: UpdateWriter): boolean {
    const { rows } = this.prefixes;
    const meta = rows[id * ROW + ROW_META];
    const length = meta & ROW_LENGTH;
    if ((meta & ROW_IPV6) === 0) return writer.add(rows[id * ROW + ROW_KEY], 0, 0, 0, length, path);
    const { prefixes } = this;
    return writer.add(
      prefixes.word6(id, 0),
      prefixes.word6(id, 1),
      prefixes.word6(id, 2),
      prefixes.word6(id, 3),
      length,
      path,
    );
  }

  private putBack(peer: PeerState, entry: number): void {
    const id = this.batch[entry];
    if (peer.log!.isUnread(peer.cursor!, id)) return;
    peer.backlog.push(id);
    peer.backlogPaths.push(this.batchPaths[entry]);
  }

  private writerFor(peer: PeerState, maxBytes: number): UpdateWriter {
    const context = peer.context!;
    const key = `${context.extendedMessage} ${[...context.addPathSend].sort().join()} ${maxBytes}`;
    let writer = this.writers.get(key);
    if (!writer) {
      if (this.writers.size >= 8) this.writers.clear();
      writer = new UpdateWriter(context, maxBytes);
      this.writers.set(key, writer);
    }
    return writer;
  }
}
