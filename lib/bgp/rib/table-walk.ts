import type { PeerState } from './peer';
import type { PrefixTable } from './table/prefix-table';

/**
 * Starts to evaluate the paths again that something concerns; `later`: of a large table most with the calls of
 * `Rib.work` that follow.
 */
export type Reevaluate = (reason: string, concerns: (path: number) => boolean, later: boolean) => void;

/**
 * One pass over the prefixes of the table, which can be interrupted: a million at once would keep everything else
 * waiting.
 */
export interface TableWalk {
  /**
   * What happens at the prefixes from one number to another; some may not be in use. True: there is nothing left to
   * look for, the walk is over.
   */
  readonly visit: (from: number, to: number) => boolean;
  /**
   * What routes are evaluated again for: a later walk for the same reason takes the place of this one. Absent: they are
   * not.
   */
  readonly reason?: string;
  /** The neighbour whose paths are removed; absent: nobody's are. */
  readonly removes?: PeerState;
  /** None of its paths stays. */
  readonly removesAll?: boolean;
  /** Called once, at the end. */
  readonly done?: () => void;
}

/** A walk under way: the next prefix, and the one behind the last: what comes later is not meant. */
interface Progress {
  readonly walk: TableWalk;
  next: number;
  readonly end: number;
}

/** Prefixes that are looked at before the rest is put off. */
const AT_ONCE = 4096;

/** The walks over the table, one after another: first those that remove paths, then those that evaluate them again. */
export class TableWalks {
  private waiting: Progress[] = [];

  constructor(private readonly prefixes: PrefixTable) {}

  /** Whether something was put off: call {@link work}. */
  get isDue(): boolean {
    return this.waiting.length > 0;
  }

  /** Begins a walk and ends it, unless it is a long one that may go on `later`, with {@link work}. */
  start(walk: TableWalk, later: boolean): void {
    const { reason, removes } = walk;
    const progress: Progress = { walk, next: 1, end: this.prefixes.limit };
    if (reason !== undefined) this.waiting = this.waiting.filter((other) => other.walk.reason !== reason);
    if (this.goOn(progress, later ? AT_ONCE : Number.POSITIVE_INFINITY)) return;
    const behind = removes ? this.waiting.findIndex((other) => !other.walk.removes) : -1;
    this.waiting.splice(behind < 0 ? this.waiting.length : behind, 0, progress);
  }

  /** Continues with what was put off, over `count` prefixes of the table. */
  work(count: number): void {
    const [first] = this.waiting;
    if (first && this.goOn(first, count)) this.waiting.shift();
  }

  /** Ends at once what removes paths of a neighbour. */
  finish(peer: PeerState): void {
    for (const progress of this.waiting.filter(({ walk }) => walk.removes === peer)) {
      this.goOn(progress, Number.POSITIVE_INFINITY);
      this.waiting.splice(this.waiting.indexOf(progress), 1);
    }
  }

  /** Neighbours that are down and of which no path stays. */
  leaving(): ReadonlySet<PeerState> {
    return new Set(
      this.waiting.flatMap(({ walk: { removes, removesAll } }) =>
        removes && removesAll && !removes.context ? [removes] : [],
      ),
    );
  }

  /** Looks at `count` prefixes more; returns whether these were the last. */
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
