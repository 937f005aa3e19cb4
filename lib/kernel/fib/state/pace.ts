/** So often in a row it is done at once; then it takes this share of the time at most. */
const TIMES = 5;
const SHARE = 0.01;

/**
 * For work that takes a look at everything there is, and that others can cause without end: links of containers that
 * come and go, say. Pure; times are milliseconds of any monotonic clock.
 */
export class Pace {
  private spent = 0;
  private last = 0;
  private at = 0;

  /** How long it is to wait before it is done again. */
  wait(now: number): number {
    return Math.max(0, (this.left(now) - TIMES * this.last) / SHARE);
  }

  /** It was done, and took so long. */
  done(now: number, took: number): void {
    this.spent = this.left(now) + took;
    this.last = took;
    this.at = now;
  }

  private left(now: number): number {
    return Math.max(0, this.spent - SHARE * (now - this.at));
  }
}
