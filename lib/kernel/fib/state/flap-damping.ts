/**
 * Number of changes within the span (milliseconds) that are undone at once; after that only with a pause, until there
 * was none for the span.
 */
const TIMES = 5;
const SPAN = 10_000;
/** Maximum number of items tracked individually: a change of more routes is not a dispute about one. */
const MOST = 10_000;

/**
 * Detects repeated interference: a process that keeps deleting or changing a route of ours is not answered each time.
 * Pure; `now` is milliseconds of any monotonic clock.
 */
export class FlapDamping {
  private readonly items = new Map<number, { since: number; times: number }>();

  /** Records that somebody changed an item. True if that is too often. */
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
