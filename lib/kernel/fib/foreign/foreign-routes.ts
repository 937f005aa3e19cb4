/**
 * Foreign routes in the kernel's tables. On the hot path of a dump of a million routes: typed arrays, no allocation for
 * each route.
 */
import type { PrefixHash } from '../../../model/prefix-hash';
import type { RouteFields } from '../../codec/route';
import { PrefixMap } from '../state/prefix-map';

/** A foreign route. */
export interface ForeignMatch {
  readonly length: number;
  readonly metric: number;
  /** rtm_type. */
  readonly type: number;
  /** The number of its route info. */
  readonly info: number;
  /** Its nexthop object; 0 if it has none. */
  readonly nexthopId: number;
}

/** A foreign route with all fields by which the kernel distinguishes routes. */
export interface ForeignEntry extends ForeignMatch {
  readonly table: number;
  readonly protocol: number;
}

/** Words of an entry, and their offsets. */
const ENTRY = 6;
const TABLE = 0;
const METRIC = 1;
const INFO = 2;
/** rtm_type in the lowest octet, flags above it, the protocol in the third octet. */
const TYPE = 3;
const NEXTHOP = 4;
/** The next entry of the same prefix; 0 for none. */
const NEXT = 5;
const TYPE_MASK = 0xff;
/** Seen in the current dump, or in an event since it began. */
const SEEN = 0x100;
/** Deleted since the dump began, which may still report it. */
const GONE = 0x200;
const PROTOCOL_SHIFT = 16;

/**
 * The foreign routes of one family, of all tables, by prefix. Routes that differ only in their hops are adjacent,
 * oldest first, as in the kernel.
 */
export class ForeignRoutes {
  private readonly prefixes: PrefixMap;
  private entries = new Int32Array(64 * ENTRY);
  private used = 1;
  private free = 0;
  private isDumping = false;
  /** Number of entries by prefix length: lengths without any are skipped. */
  private readonly lengths: Int32Array;
  private readonly byNexthop = new Map<number, number>();
  private count = 0;
  /**
   * Called with each route that was added, or is about to be removed, by its slot and entry. It must not call look-ups
   * of this object.
   */
  heard: ((slot: number, entry: number, isThere: boolean) => void) | undefined;

  /**
   * `octets`: 4 for IPv4, 16 for IPv6. `hashes`: with a secret key, as other daemons accept routes from outside, too.
   */
  constructor(
    readonly octets: number,
    hashes?: PrefixHash,
  ) {
    this.prefixes = new PrefixMap(octets, hashes);
    this.lengths = new Int32Array(octets * 8 + 1);
  }

  get size(): number {
    return this.count;
  }

  /** Ids of the nexthop objects in use, with the number of routes on each. */
  nexthops(): ReadonlyMap<number, number> {
    return this.byNexthop;
  }

  /**
   * Adds a route; `replaces`: instead of those with its table and metric. False if the previous state is now uncertain:
   * an IPv6 route gained a hop, or two routes are adjacent.
   */
  add(bytes: Uint8Array, route: RouteFields, info: number, replaces: boolean): boolean {
    this.prefixes.load(bytes, route.destination);
    const slot = this.prefixes.insert(route.length);
    const known = this.find(slot, route, info);
    const entry = known === 0 ? this.append(slot, route, info) : known;
    this.see(entry);
    if (replaces) this.dropAll(slot, route, entry);
    return replaces || !this.hasOther(slot, route, entry);
  }

  /** Removes a route. False if it was not known in this form: others with its table and metric may have changed. */
  remove(bytes: Uint8Array, route: RouteFields, info: number): boolean {
    this.prefixes.load(bytes, route.destination);
    const slot = this.prefixes.find(route.length);
    const known = slot < 0 ? 0 : this.find(slot, route, info);
    if (known === 0) return false;
    this.drop(slot, known);
    return true;
  }

  /** Removes routes that match, by the numbers of their route info and their nexthop object. */
  purge(isGone: (info: number, nexthopId: number) => boolean): void {
    const { entries } = this;
    this.each((slot, entry) => {
      if ((entries[entry * ENTRY + TYPE] & GONE) !== 0) return;
      if (isGone(entries[entry * ENTRY + INFO], entries[entry * ENTRY + NEXTHOP] >>> 0)) this.drop(slot, entry);
    });
  }

  /** A dump of all foreign routes begins. */
  beginDump(): void {
    this.forget(GONE);
    this.isDumping = true;
    for (let entry = 1; entry < this.used; entry++) this.entries[entry * ENTRY + TYPE] &= ~SEEN;
  }

  /** Adds a route of the dump; what events reported since it began is newer. */
  dumped(bytes: Uint8Array, route: RouteFields, info: number): void {
    this.prefixes.load(bytes, route.destination);
    const slot = this.prefixes.insert(route.length);
    const known = this.find(slot, route, info, true);
    if (known === 0) this.append(slot, route, info);
    else if ((this.entries[known * ENTRY + TYPE] & GONE) === 0) this.see(known);
  }

  /** The dump is complete: routes that it did not contain are removed. Returns true if there were any. */
  endDump(): boolean {
    this.isDumping = false;
    let lost = 0;
    this.each((slot, entry) => {
      if ((this.entries[entry * ENTRY + TYPE] & (SEEN | GONE)) !== 0) return;
      lost++;
      this.drop(slot, entry);
    });
    this.forget(GONE);
    return lost > 0;
  }

  /** The route of a table for an address: the longest match, and among equals the one with the lowest metric. */
  longest(address: Uint8Array, table: number): ForeignMatch | undefined {
    for (let length = this.octets * 8; length >= 0; length--) {
      const match = this.lengths[length] === 0 ? undefined : this.at(address, length, table);
      if (match) return match;
    }
    return undefined;
  }

  /** The route of a table to a prefix (the first `length` bits of an address) with the lowest metric. */
  at(address: Uint8Array, length: number, table: number): ForeignMatch | undefined {
    const { entries } = this;
    const slot = this.slotOf(address, length);
    let best = 0;
    for (let entry = slot < 0 ? 0 : this.head(slot); entry !== 0; entry = entries[entry * ENTRY + NEXT]) {
      if (entries[entry * ENTRY + TABLE] !== (table | 0) || (entries[entry * ENTRY + TYPE] & GONE) !== 0) continue;
      if (best === 0 || entries[entry * ENTRY + METRIC] >>> 0 < entries[best * ENTRY + METRIC] >>> 0) best = entry;
    }
    if (best === 0) return undefined;
    const line = best * ENTRY;
    return {
      length,
      metric: entries[line + METRIC] >>> 0,
      type: entries[line + TYPE] & TYPE_MASK,
      info: entries[line + INFO],
      nexthopId: entries[line + NEXTHOP] >>> 0,
    };
  }

  /** All routes to a prefix, of all tables. */
  of(address: Uint8Array, length: number): ForeignEntry[] {
    const found: ForeignEntry[] = [];
    const slot = this.slotOf(address, length);
    for (let entry = slot < 0 ? 0 : this.head(slot); entry !== 0; entry = this.entries[entry * ENTRY + NEXT])
      if ((this.entries[entry * ENTRY + TYPE] & GONE) === 0) found.push(this.entry(slot, entry));
    return found;
  }

  /** What an entry of a slot holds. */
  entry(slot: number, entry: number): ForeignEntry {
    const { entries } = this;
    const line = entry * ENTRY;
    return {
      length: this.prefixes.lengthOf(slot),
      table: entries[line + TABLE] >>> 0,
      metric: entries[line + METRIC] >>> 0,
      type: entries[line + TYPE] & TYPE_MASK,
      protocol: (entries[line + TYPE] >>> PROTOCOL_SHIFT) & 0xff,
      info: entries[line + INFO],
      nexthopId: entries[line + NEXTHOP] >>> 0,
    };
  }

  /** The octets of the address of a slot. */
  addressOf(slot: number): Uint8Array {
    return this.prefixes.addressOf(slot);
  }

  lengthOf(slot: number): number {
    return this.prefixes.lengthOf(slot);
  }

  /** Reads single words of an entry for each route, without allocating. */
  tableOf(entry: number): number {
    return this.entries[entry * ENTRY + TABLE] >>> 0;
  }

  infoOf(entry: number): number {
    return this.entries[entry * ENTRY + INFO];
  }

  nexthopOf(entry: number): number {
    return this.entries[entry * ENTRY + NEXTHOP] >>> 0;
  }

  private slotOf(address: Uint8Array, length: number): number {
    this.prefixes.loadPrefix(address, length);
    return this.prefixes.find(length);
  }

  private head(slot: number): number {
    const { rows, stride, meta } = this.prefixes;
    return rows[slot * stride + meta + 1];
  }

  /** The entry of a route with exactly this route info; `orGone`: including deleted ones. */
  private find(slot: number, route: RouteFields, info: number, orGone = false): number {
    const { entries } = this;
    const { table, priority, nexthopId } = route;
    const kind = kindOf(route);
    for (let entry = this.head(slot); entry !== 0; entry = entries[entry * ENTRY + NEXT]) {
      const line = entry * ENTRY;
      const about = entries[line + TYPE];
      if (entries[line + TABLE] !== (table | 0) || entries[line + METRIC] !== (priority | 0)) continue;
      if (entries[line + INFO] !== info || entries[line + NEXTHOP] !== (nexthopId | 0)) continue;
      if ((about & ~(SEEN | GONE)) === kind && (orGone || (about & GONE) === 0)) return entry;
    }
    return 0;
  }

  private hasOther(slot: number, { table, priority }: RouteFields, known: number): boolean {
    const { entries } = this;
    for (let entry = this.head(slot); entry !== 0; entry = entries[entry * ENTRY + NEXT]) {
      const line = entry * ENTRY;
      if (entry === known || (entries[line + TYPE] & GONE) !== 0) continue;
      if (entries[line + TABLE] === (table | 0) && entries[line + METRIC] === (priority | 0)) return true;
    }
    return false;
  }

  private dropAll(slot: number, { table, priority }: RouteFields, but: number): void {
    const { entries } = this;
    for (let entry = this.head(slot), next = 0; entry !== 0; entry = next) {
      const line = entry * ENTRY;
      next = entries[line + NEXT];
      if (entry === but || (entries[line + TYPE] & GONE) !== 0) continue;
      if (entries[line + TABLE] === (table | 0) && entries[line + METRIC] === (priority | 0)) this.drop(slot, entry);
    }
  }

  private append(slot: number, route: RouteFields, info: number): number {
    const entry = this.room();
    const { entries } = this;
    const { table, priority, nexthopId, length } = route;
    const line = entry * ENTRY;
    entries[line + TABLE] = table | 0;
    entries[line + METRIC] = priority | 0;
    entries[line + INFO] = info;
    entries[line + TYPE] = kindOf(route) | SEEN;
    entries[line + NEXTHOP] = nexthopId | 0;
    entries[line + NEXT] = 0;
    this.link(slot, entry);
    this.lengths[length]++;
    this.count++;
    if (nexthopId !== 0) tally(this.byNexthop, nexthopId, 1);
    this.heard?.(slot, entry, true);
    return entry;
  }

  private link(slot: number, entry: number): void {
    const { rows, stride, meta } = this.prefixes;
    const { entries } = this;
    const place = slot * stride + meta + 1;
    let last = rows[place];
    if (last === 0) {
      rows[place] = entry;
      return;
    }
    while (entries[last * ENTRY + NEXT] !== 0) last = entries[last * ENTRY + NEXT];
    entries[last * ENTRY + NEXT] = entry;
  }

  private drop(slot: number, entry: number): void {
    const { entries } = this;
    const line = entry * ENTRY;
    const nexthopId = entries[line + NEXTHOP] >>> 0;
    this.lengths[this.prefixes.lengthOf(slot)]--;
    this.count--;
    if (nexthopId !== 0) tally(this.byNexthop, nexthopId, -1);
    this.heard?.(slot, entry, false);
    entries[line + TYPE] |= GONE;
    if (!this.isDumping) this.unlink(slot, entry);
  }

  private unlink(slot: number, entry: number): void {
    const { rows, stride, meta } = this.prefixes;
    const { entries } = this;
    const place = slot * stride + meta + 1;
    const next = entries[entry * ENTRY + NEXT];
    if (rows[place] === entry) rows[place] = next;
    else {
      let before = rows[place];
      while (entries[before * ENTRY + NEXT] !== entry) before = entries[before * ENTRY + NEXT];
      entries[before * ENTRY + NEXT] = next;
    }
    entries[entry * ENTRY + NEXT] = this.free;
    this.free = entry;
    if (rows[place] === 0) this.prefixes.remove(slot);
  }

  /** Frees the entries with a flag. */
  private forget(flag: number): void {
    this.each((slot, entry) => {
      if ((this.entries[entry * ENTRY + TYPE] & flag) !== 0) this.unlink(slot, entry);
    });
  }

  private each(visit: (slot: number, entry: number) => void): void {
    for (let slot = 0; slot < this.prefixes.limit; slot++) {
      if (!this.prefixes.has(slot)) continue;
      for (let entry = this.head(slot), next = 0; entry !== 0; entry = next) {
        next = this.entries[entry * ENTRY + NEXT];
        visit(slot, entry);
      }
    }
  }

  private see(entry: number): void {
    this.entries[entry * ENTRY + TYPE] |= SEEN;
  }

  private room(): number {
    if (this.free !== 0) {
      const entry = this.free;
      this.free = this.entries[entry * ENTRY + NEXT];
      return entry;
    }
    if (this.used * ENTRY >= this.entries.length) {
      const larger = new Int32Array(2 * this.entries.length);
      larger.set(this.entries);
      this.entries = larger;
    }
    return this.used++;
  }
}

/** Type and protocol, as encoded in an entry. */
const kindOf = ({ type, protocol }: RouteFields): number => (type & TYPE_MASK) | ((protocol & 0xff) << PROTOCOL_SHIFT);

function tally(counts: Map<number, number>, key: number, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
