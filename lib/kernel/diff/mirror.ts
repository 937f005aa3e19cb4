import { PrefixTable } from './prefix-table';

/** What a slot needs so that the kernel has what is wanted. `recreate`: delete, then add. */
export type Step = 'none' | 'add' | 'replace' | 'recreate' | 'delete';

/** Nothing of ours stands in the kernel. */
export const ABSENT = 0;
/** Something of ours may or may not stand in the kernel. */
export const UNKNOWN = -1;

/** Listed in the queue of what differs. */
const DIRTY = 1;
/** In a batch that the kernel has not answered. */
const IN_FLIGHT = 2;
/** Came by in the dump that is running, or was written since it began. */
const SEEN = 4;
/** A leftover of the run before: stays until the sweep, even though nobody wants it yet. */
const KEPT = 8;

/**
 * Wanted against installed, for the routes of one family. What is wanted is a target (a number; 0 for none) which resolves to a
 * form (a number; 0 where it can't be resolved); what is installed is a form. Pure: answers what to do, does nothing.
 */
export class Mirror {
  readonly table: PrefixTable;
  private targets: Int32Array;
  private forms: Int32Array;
  private flags: Uint8Array;

  /**
   * `formOf` answers the form of a target; `replaceable` whether a route of one form can be replaced by another in one step;
   * `same` whether one form is as good as another. `count` is told when the form of an installed route is another one.
   */
  constructor(
    octets: number,
    private readonly formOf: (target: number) => number,
    private readonly replaceable: (from: number, to: number) => boolean,
    private readonly same: (a: number, b: number) => boolean = (a, b) => a === b,
    private readonly count: (from: number, to: number) => void = () => {},
  ) {
    this.table = new PrefixTable(octets);
    this.targets = new Int32Array(this.table.capacity);
    this.forms = new Int32Array(this.table.capacity);
    this.flags = new Uint8Array(this.table.capacity);
  }

  /** The slot of the key loaded into the table; a new one where it was not known. */
  slot(length: number): number {
    const slot = this.table.insert(length),
      { capacity } = this.table;
    if (capacity > this.flags.length) {
      this.targets = enlarged(this.targets, new Int32Array(capacity));
      this.forms = enlarged(this.forms, new Int32Array(capacity));
      this.flags = enlarged(this.flags, new Uint8Array(capacity));
    }
    return slot;
  }

  wanted(slot: number): number {
    return this.targets[slot];
  }

  installed(slot: number): number {
    return this.forms[slot];
  }

  /** Somebody wants `target` (0: nothing) here. True when the slot must be queued. */
  want(slot: number, target: number): boolean {
    this.targets[slot] = target;
    this.flags[slot] &= ~KEPT;
    return this.differs(slot);
  }

  /** The kernel has `form` here, or ABSENT, or UNKNOWN. True when the slot must be queued. */
  observe(slot: number, form: number): boolean {
    this.put(slot, form);
    this.flags[slot] |= SEEN;
    return this.differs(slot);
  }

  /** A leftover of the run before, found in the kernel: it stays until {@link sweep}, whoever wants it or not. */
  adopt(slot: number, form: number): void {
    this.put(slot, form);
    this.flags[slot] |= KEPT;
  }

  /** Ends the time of grace: calls `dirty` for each leftover that nobody wants. */
  sweep(dirty: (slot: number) => void): void {
    this.each((slot) => {
      if ((this.flags[slot] & KEPT) === 0) return;
      this.flags[slot] &= ~KEPT;
      if (this.differs(slot)) dirty(slot);
    });
  }

  /** A dump of what the kernel has begins. */
  beginDump(): void {
    for (let slot = 0; slot < this.table.limit; slot++) this.flags[slot] &= ~SEEN;
  }

  /** A route of the dump. True when the slot must be queued. What was written since the dump began is newer than the dump. */
  dumped(slot: number, form: number): boolean {
    return (this.flags[slot] & SEEN) === 0 && this.observe(slot, form);
  }

  /** The dump is complete: what did not come by is not there. Calls `dirty` for each slot that must be queued. */
  endDump(dirty: (slot: number) => void): void {
    this.each((slot) => {
      if ((this.flags[slot] & (SEEN | IN_FLIGHT)) === 0 && this.forms[slot] !== ABSENT && this.observe(slot, ABSENT))
        dirty(slot);
    });
  }

  /** What to do for a slot, as things stand now. */
  step(slot: number): Step {
    const installed = this.forms[slot],
      target = this.targets[slot];
    if (target === 0 && (this.flags[slot] & KEPT) !== 0) return 'none';
    const desired = target === 0 ? 0 : this.formOf(target);
    if (desired === installed) return 'none';
    if (desired === 0) return 'delete';
    if (installed === ABSENT) return 'add';
    if (installed !== UNKNOWN && this.same(installed, desired)) return 'none';
    return installed !== UNKNOWN && this.replaceable(installed, desired) ? 'replace' : 'recreate';
  }

  /** The form that is wanted here, or 0. */
  desired(slot: number): number {
    return this.targets[slot] === 0 ? 0 : this.formOf(this.targets[slot]);
  }

  /** Marks as queued; false when it already was, or is in flight and will be looked at when that has landed. */
  enqueue(slot: number): boolean {
    if ((this.flags[slot] & (DIRTY | IN_FLIGHT)) !== 0) return false;
    this.flags[slot] |= DIRTY;
    return true;
  }

  dequeue(slot: number): void {
    this.flags[slot] &= ~DIRTY;
  }

  launch(slot: number): void {
    this.flags[slot] |= IN_FLIGHT;
  }

  /** The kernel answered: `form` is there now. True when the slot must be queued again. */
  land(slot: number, form: number): boolean {
    this.flags[slot] &= ~IN_FLIGHT;
    return this.observe(slot, form);
  }

  /** Frees a slot that nobody wants and the kernel has not; false when it must stay. */
  release(slot: number): boolean {
    if (!this.table.has(slot) || this.targets[slot] !== 0 || this.forms[slot] !== ABSENT) return false;
    if ((this.flags[slot] & (DIRTY | IN_FLIGHT)) !== 0) return false;
    this.flags[slot] = 0;
    this.table.remove(slot);
    return true;
  }

  /** Every slot in use, in the order in which they came: never in that of the prefixes. */
  each(visit: (slot: number) => void): void {
    for (let slot = 0; slot < this.table.limit; slot++) if (this.table.has(slot)) visit(slot);
  }

  private put(slot: number, form: number): void {
    const before = this.forms[slot];
    if (before === form) return;
    this.forms[slot] = form;
    this.count(before, form);
  }

  private differs(slot: number): boolean {
    return this.step(slot) !== 'none';
  }
}

function enlarged<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
