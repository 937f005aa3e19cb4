/* Hot path: one entry for a change, however many peers read it. */
import { grown } from './growth';
import { type PrefixTable, ROW, ROW_LOG } from './prefix-table';

/** Stores the log position of each prefix: in a word of the prefix's row, or in a separate column. */
interface Places {
  readonly rows: Uint32Array;
}

/** A column of one word for each prefix. */
class OwnColumn implements Places {
  rows: Uint32Array<ArrayBuffer> = new Uint32Array(64);
}

/** A reader's position in the log. */
export interface Cursor {
  position: number;
}

/**
 * The prefixes whose best route changed, in order, for any number of readers at their own pace. Of several entries of
 * one prefix only the last counts: a late reader reads the latest state once. Without a reader nothing is stored.
 */
export class ChangeLog {
  private entries = new Uint32Array(64);
  private end = 0;
  private readonly cursors = new Set<Cursor>();
  private readonly own: OwnColumn | undefined;
  private readonly places: Places;
  private readonly width: number;
  private readonly word: number;

  /** `isFirst`: the one log that uses the word in the rows of prefixes; others have a separate column. */
  constructor(prefixes: PrefixTable, isFirst = true) {
    this.own = isFirst ? undefined : new OwnColumn();
    this.places = this.own ?? prefixes;
    this.width = isFirst ? ROW : 1;
    this.word = isFirst ? ROW_LOG : 0;
  }

  /** A new reader, at the end of the log. */
  open(): Cursor {
    const cursor = { position: this.end };
    this.cursors.add(cursor);
    return cursor;
  }

  close(cursor: Cursor): void {
    this.cursors.delete(cursor);
  }

  append(id: number): void {
    if (this.cursors.size === 0) return;
    if (this.end === this.entries.length) this.makeRoom();
    if (this.own) this.own.rows = grown(this.own.rows, id + 1);
    this.entries[this.end] = id;
    this.places.rows[id * this.width + this.word] = this.end++;
  }

  hasUnread(cursor: Cursor): boolean {
    return cursor.position < this.end;
  }

  /** Whether the prefix is still ahead of the reader. */
  isUnread(cursor: Cursor, id: number): boolean {
    const position = this.places.rows[id * this.width + this.word];
    return position >= cursor.position && position < this.end && this.entries[position] === id;
  }

  /** Reads up to `count` prefixes into `into` at `offset` and advances the cursor; returns their number. */
  read(cursor: Cursor, into: Uint32Array, offset: number, count: number): number {
    const { rows } = this.places;
    const width = this.width;
    const word = this.word;
    let position = cursor.position;
    let got = 0;
    for (; position < this.end && got < count; position++) {
      const id = this.entries[position];
      if (rows[id * width + word] === position) into[offset + got++] = id;
    }
    cursor.position = position;
    return got;
  }

  /** Drops entries that every reader has read or that a later entry repeats; grows if that is not enough. */
  private makeRoom(): void {
    const { rows } = this.places;
    const width = this.width;
    const word = this.word;
    const entries = this.entries;
    const cursors = [...this.cursors].sort((a, b) => a.position - b.position);
    let kept = 0;
    let next = 0;
    for (let position = cursors[0].position; position <= this.end; position++) {
      while (next < cursors.length && cursors[next].position === position) cursors[next++].position = kept;
      if (position === this.end) break;
      const id = entries[position];
      if (rows[id * width + word] !== position) continue;
      rows[id * width + word] = kept;
      entries[kept++] = id;
    }
    this.end = kept;
    if (kept * 2 > entries.length) this.entries = grown(entries, entries.length + 1);
  }
}
