import type { PeerState } from './peer';
import type { PrefixTable } from './table/prefix-table';

/** Starts to evaluate affected paths again. `later`: most of a large table is left to later calls of `Rib.work`. */
export type Reevaluate = (reason: string, concerns: (path: number) => boolean, later: boolean) => void;

/** One pass over the prefixes of the table, which can be interrupted: a million at once would block everything else. */
export interface TableWalk {
  /** Processes a range of prefixes, some of which may be unused. Returns true if the walk is complete. */
  readonly visit: (from: number, to: number) => boolean;
  /** Why routes are evaluated again: a later walk for the same reason replaces this one. Absent if they are not. */
  readonly reason?: string;
  /** The neighbour whose paths are removed, if any. */
  readonly removes?: PeerState;
  /** All of its paths are removed. */
  readonly removesAll?: boolean;
  /** Called once, at the end. */
  readonly done?: () => void;
}

/** A walk in progress: the next prefix, and the end, which excludes prefixes added later. */
interface Progress {
  readonly walk: TableWalk;
  next: number;
  readonly end: number;
}

/** Prefixes examined before the rest is deferred. */
const AT_ONCE = 4096;

/** The walks over the table, one after another: first those that remove paths, then those that evaluate them again. */
export class TableWalks {
  private waiting: Progress[] = [];

  constructor(private readonly prefixes: PrefixTable) {}

  /** Whether work was deferred: call {@link work}. */
  get isDue(): boolean {
    return this.waiting.length > 0;
  }

  /** Starts a walk and completes it, unless it is long and may be continued `later`, with {@link work}. */
  start(walk: TableWalk, later: boolean): void {
    const { reason, removes } = walk;
    const progress: Progress = { walk, next: 1, end: this.prefixes.limit };
    if (reason !== undefined) this.waiting = this.waiting.filter((other) => other.walk.reason !== reason);
    if (this.goOn(progress, later ? AT_ONCE : Number.POSITIVE_INFINITY)) return;
    const behind = removes ? this.waiting.findIndex((other) => !other.walk.removes) : -1;
    this.waiting.splice(behind < 0 ? this.waiting.length : behind, 0, progress);
  }

  /** Continues deferred work, over `count` prefixes of the table. */
  work(count: number): void {
    const [first] = this.waiting;
    if (first && this.goOn(first, count)) this.waiting.shift();
  }

  /** Completes removals of a neighbour's paths at once. */
  finish(peer: PeerState): void {
    for (const progress of this.waiting.filter(({ walk }) => walk.removes === peer)) {
      this.goOn(progress, Number.POSITIVE_INFINITY);
      this.waiting.splice(this.waiting.indexOf(progress), 1);
    }
  }

  /** Neighbours that are down and whose paths are all being removed. */
  leaving(): ReadonlySet<PeerState> {
    return new Set(
      this.waiting.flatMap(({ walk: { removes, removesAll } }) =>
        removes && removesAll && !removes.context ? [removes] : [],
      ),
    );
  }

  /** Processes `count` more prefixes; returns whether these were the last. */
  private goOn(progress: Progress, count: number): boolean {
    const { walk, end } = progress;
    const stop = Math.min(end, progress.next + count);
    const isOver = walk.visit(progress.next, stop);
    progress.next = stop;
    if (stop < end && !isOver) return false;
    walk.done?.();
    return true;
  }
}
