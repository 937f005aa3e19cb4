import { MAX_RETRY_TIME, SECOND } from './timers';

/** Session ends without penalty: a planned reset, a failure in its course, and one more. */
const FREE = 3;
/** Seconds after which an end is forgotten. */
const FORGOTTEN = 20;
/** Upper bound of the count: the maximum pause. */
const MOST = FREE + 1 + Math.log2(MAX_RETRY_TIME);

/**
 * Weight of a connection's end if the neighbour never sent its OPEN, or if it lost a collision (RFC 4271 section 6.8).
 */
export const LIGHT = 0.25;
/** Weight if the neighbour was refused. */
export const FULL = 1;
/** Weight for a session that was up for this many milliseconds: decreasing with its lifetime, down to a half. */
export const afterUp = (lived: number): number => Math.max(0.5, 1 / (1 + lived / SECOND));

/**
 * How often a neighbour's sessions have ended recently, and the resulting pause (DampPeerOscillations, RFC 4271 section
 * 8.1.1). Every end counts, whatever its reason, except those we initiate; the count decays over time.
 */
export class Damping {
  private ends = 0;
  private at = 0;

  /** Counts an end at `now`, milliseconds, with this weight. */
  count(now: number, weight: number): void {
    this.ends = Math.min(MOST, this.level(now) + weight);
    this.at = now;
  }

  /** Whether another end would have no penalty. */
  spares(now: number): boolean {
    return this.level(now) + FULL <= FREE;
  }

  /** Seconds until the next attempt, doubled with each end. */
  pause(now: number): number {
    const over = this.level(now) - FREE;
    return over <= 0 ? 0 : Math.min(MAX_RETRY_TIME, 2 ** (over - 1));
  }

  private level(now: number): number {
    return Math.max(0, this.ends - (now - this.at) / (FORGOTTEN * SECOND));
  }
}
