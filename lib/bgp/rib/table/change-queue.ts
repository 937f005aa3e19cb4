import { grown } from './growth';
import { type PrefixTable, ROW, ROW_META, ROW_QUEUED } from './prefix-table';

/** Prefixes with pending changes: each once, in the order of their first change. */
export class ChangeQueue {
  private entries = new Uint32Array(64);
  private start = 0;
  private end = 0;

  constructor(private readonly prefixes: PrefixTable) {}

  get isEmpty(): boolean {
    return this.start === this.end;
  }

  push(id: number): void {
    const { rows } = this.prefixes;
    if ((rows[id * ROW + ROW_META] & ROW_QUEUED) !== 0) return;
    rows[id * ROW + ROW_META] |= ROW_QUEUED;
    if (this.end === this.entries.length) {
      if (this.start * 2 < this.end) this.entries = grown(this.entries, this.end + 1);
      this.entries.copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    this.entries[this.end++] = id;
  }

  /** Removes and returns the first one; 0 if empty. */
  shift(): number {
    if (this.start === this.end) return 0;
    const id = this.entries[this.start++];
    this.prefixes.rows[id * ROW + ROW_META] &= ~ROW_QUEUED;
    if (this.start === this.end) this.start = this.end = 0;
    return id;
  }
}
