import { assert, isChecking } from '../../../model/assertion';
import type { PrefixHash } from '../../../model/prefix-hash';
import { PrefixMap } from './prefix-map';

/** The operation that a slot needs. `recreate`: delete, then add. */
type Step = 'none' | 'add' | 'replace' | 'recreate' | 'delete';

/** No route of ours is in the kernel. */
export const ABSENT = 0;
/** A route of ours may or may not be in the kernel. */
export const UNCERTAIN = -1;

/** Called with a slot, its previous installed info, and the current one. */
export type VisitChange = (slot: number, before: number, now: number) => void;

/** Flags in the meta word of a row. In the queue, because the wanted and the installed state differ. */
const DIRTY = 0x100;
/** In a batch in flight. */
const IN_FLIGHT = 0x200;
/** Seen in the current dump, or written since it began. */
const SEEN = 0x400;
/** A leftover of the previous run: stays until the sweep even if it is not wanted yet. */
const KEPT = 0x800;

/**
 * Wanted against installed, for the routes of one family. The wanted state is a target (a number; 0 for none) that
 * resolves to a route info (a number; 0 if it cannot be resolved); the installed state is a route info. Pure: only
 * returns what to do.
 */
export class RouteTable {
  readonly prefixes: PrefixMap;
  /** Offsets in a row: flags, wanted target, installed info. */
  private readonly meta: number;
  private readonly target: number;
  private readonly info: number;

  /**
   * `infoOf` returns the route info of a target; `replaceable` whether a route can be replaced by one with another info
   * in one step; `same` whether two route infos are equivalent. `count` is called when the route info of an installed
   * route changes. `hashes`: see {@link PrefixMap}.
   */
  constructor(
    octets: number,
    private readonly infoOf: (target: number) => number,
    private readonly replaceable: (from: number, to: number) => boolean,
    private readonly same: (a: number, b: number) => boolean = (a, b) => a === b,
    private readonly count: (from: number, to: number) => void = () => {},
    hashes?: PrefixHash,
  ) {
    this.prefixes = new PrefixMap(octets, hashes);
    this.meta = this.prefixes.meta;
    this.target = this.meta + 1;
    this.info = this.meta + 2;
  }

  /** The slot of the key loaded into the table; a new one if there was none. */
  slot(length: number): number {
    if (isChecking) assert(isPrefix(this.prefixes.key, length), 'a prefix has no bits beyond its length');
    return this.prefixes.insert(length);
  }

  wanted(slot: number): number {
    return this.prefixes.rows[slot * this.prefixes.stride + this.target];
  }

  installed(slot: number): number {
    return this.prefixes.rows[slot * this.prefixes.stride + this.info];
  }

  /** Sets the wanted target (0: none). True if the slot must be queued. */
  want(slot: number, target: number): boolean {
    this.prefixes.rows[slot * this.prefixes.stride + this.target] = target;
    this.unmark(slot, KEPT);
    return this.differs(slot);
  }

  /** The kernel has `info` here, or ABSENT, or UNCERTAIN. True if the slot must be queued. */
  observe(slot: number, info: number): boolean {
    if (isChecking) assert(this.prefixes.has(slot), 'what is observed is at a prefix that is known');
    this.put(slot, info);
    this.mark(slot, SEEN);
    return this.differs(slot);
  }

  /**
   * Adopts a leftover of the previous run found in the kernel: it stays until {@link sweep} even if it is not wanted.
   */
  adopt(slot: number, info: number): void {
    this.put(slot, info);
    this.mark(slot, KEPT);
  }

  /** The route info of a leftover that has not been set yet; 0 if there is none. */
  leftover(slot: number): number {
    return this.is(slot, KEPT) && this.wanted(slot) === 0 ? this.installed(slot) : 0;
  }

  /** Ends the grace period: calls `dirty` for each leftover that is not wanted. */
  sweep(dirty: (slot: number) => void): void {
    this.each((slot) => {
      if (!this.is(slot, KEPT)) return;
      this.unmark(slot, KEPT);
      if (this.differs(slot)) dirty(slot);
    });
  }

  /** A dump of what the kernel has begins. */
  beginDump(): void {
    for (let slot = 0; slot < this.prefixes.limit; slot++) this.unmark(slot, SEEN);
  }

  /**
   * A route of the dump. True if the slot must be queued. Writes since the dump began take precedence over it. `found`
   * is called with the previous and the current info if it differs and we did not write it.
   */
  dumped(slot: number, info: number, found: VisitChange = () => {}): boolean {
    if (this.is(slot, SEEN)) return false;
    const before = this.installed(slot);
    if (before !== info && before !== UNCERTAIN && !this.is(slot, IN_FLIGHT) && !this.areSame(before, info))
      found(slot, before, info);
    return this.observe(slot, info);
  }

  /**
   * The dump is complete: routes that it did not contain are absent. Calls `dirty` for each slot that must be queued,
   * `found` as {@link dumped} does.
   */
  endDump(dirty: (slot: number) => void, found: VisitChange = () => {}): void {
    this.each((slot) => {
      const installed = this.installed(slot);
      if (this.is(slot, SEEN | IN_FLIGHT) || installed === ABSENT) return;
      if (installed !== UNCERTAIN) found(slot, installed, ABSENT);
      if (this.observe(slot, ABSENT)) dirty(slot);
    });
  }

  /** The operation that a slot needs now. */
  step(slot: number): Step {
    const { rows, stride } = this.prefixes;
    const row = slot * stride;
    const installed = rows[row + this.info];
    const target = rows[row + this.target];
    if (target === 0 && (rows[row + this.meta] & KEPT) !== 0) return 'none';
    const desired = target === 0 ? 0 : this.infoOf(target);
    if (desired === installed) return 'none';
    if (desired === 0) return 'delete';
    if (installed === ABSENT) return 'add';
    if (installed !== UNCERTAIN && this.same(installed, desired)) return 'none';
    return installed !== UNCERTAIN && this.replaceable(installed, desired) ? 'replace' : 'recreate';
  }

  /** The wanted route info, or 0. */
  desired(slot: number): number {
    const target = this.wanted(slot);
    return target === 0 ? 0 : this.infoOf(target);
  }

  /** Marks as queued; false if it already was, or is in flight and will be checked afterwards. */
  enqueue(slot: number): boolean {
    if (this.is(slot, DIRTY | IN_FLIGHT)) return false;
    this.mark(slot, DIRTY);
    return true;
  }

  dequeue(slot: number): void {
    if (isChecking) assert(this.is(slot, DIRTY), 'what leaves the queue was in it');
    this.unmark(slot, DIRTY);
  }

  sent(slot: number): void {
    if (isChecking) assert(!this.is(slot, DIRTY | IN_FLIGHT), 'what is sent is neither queued nor in flight');
    this.mark(slot, IN_FLIGHT);
  }

  /** The request completed: `info` is installed now. True if the slot must be queued again. */
  acknowledged(slot: number, info: number): boolean {
    if (isChecking) assert(this.is(slot, IN_FLIGHT), 'what is answered was in flight');
    this.unmark(slot, IN_FLIGHT);
    return this.observe(slot, info);
  }

  /** Frees a slot that is neither wanted nor installed; false if it must stay. */
  release(slot: number): boolean {
    if (!this.prefixes.has(slot) || this.wanted(slot) !== 0 || this.installed(slot) !== ABSENT) return false;
    if (this.is(slot, DIRTY | IN_FLIGHT)) return false;
    this.prefixes.remove(slot);
    return true;
  }

  /** Visits every slot in use, in order of creation, never of the prefixes. */
  each(visit: (slot: number) => void): void {
    for (let slot = 0; slot < this.prefixes.limit; slot++) if (this.prefixes.has(slot)) visit(slot);
  }

  private put(slot: number, info: number): void {
    const { rows, stride } = this.prefixes;
    const at = slot * stride + this.info;
    const before = rows[at];
    if (before === info) return;
    rows[at] = info;
    this.count(before, info);
  }

  private areSame(a: number, b: number): boolean {
    return a !== ABSENT && b !== ABSENT && this.same(a, b);
  }

  private is(slot: number, flags: number): boolean {
    return (this.prefixes.rows[slot * this.prefixes.stride + this.meta] & flags) !== 0;
  }

  private mark(slot: number, flag: number): void {
    this.prefixes.rows[slot * this.prefixes.stride + this.meta] |= flag;
  }

  private unmark(slot: number, flag: number): void {
    this.prefixes.rows[slot * this.prefixes.stride + this.meta] &= ~flag;
  }

  private differs(slot: number): boolean {
    return this.step(slot) !== 'none';
  }
}

/** Whether all bits beyond the length are zero. */
const isPrefix = (words: Int32Array, length: number): boolean =>
  words.every((word, i) => length >= 32 * (i + 1) || (length <= 32 * i ? word : word << (length - 32 * i)) === 0);
