/**
 * So many times within the span, in milliseconds, is a change of ours undone at once; then only after a pause, until it
 * was left alone for the span.
 */
const TIMES = 5;
const SPAN = 10_000;
/** More items than this are not watched one by one: what changes so many routes is not a quarrel about one. */
const MOST = 10_000;

/**
 * Tells a quarrel from an accident: somebody who deletes or changes a route of ours again and again is not answered
 * each time. Pure; `now` is of any monotonic clock in milliseconds.
 */
export class FlapDamping {
  private readonly items = new Map<number, { since: number; times: number }>();

  /** Somebody changed what is at an item. True when that is too often. */
  isFlapping(item: number, now: number): boolean {
    const known = this.items.get(item);
    if (!known || now - known.since > SPAN) {
      if (this.items.size >= MOST) this.items.clear();
      this.items.set(item, { since: now, times: 1 });
      return false;
    }
    if (++known.times <= TIMES) return false;
    known.since = now;
    return true;
  }
}
