/** Number of consecutive runs without delay; after that, the maximum share of time. */
const TIMES = 5;
const SHARE = 0.01;

/**
 * Paces full scans that others can trigger without end, such as links of containers that come and go. Pure; times are
 * milliseconds of any monotonic clock.
 */
export class Pace {
  private spent = 0;
  private last = 0;
  private at = 0;

  /** Milliseconds to wait before the next run. */
  wait(now: number): number {
    return Math.max(0, (this.left(now) - TIMES * this.last) / SHARE);
  }

  /** Records a run and its duration. */
  done(now: number, took: number): void {
    this.spent = this.left(now) + took;
    this.last = took;
    this.at = now;
  }

  private left(now: number): number {
    return Math.max(0, this.spent - SHARE * (now - this.at));
  }
}
