import { MAX_RETRY_TIME, SECOND } from './timers';

/** Ends that cost nothing: a planned reset, what may go wrong with it, and one more. */
const FREE = 3;
/** Seconds in which an end is forgotten. */
const FORGOTTEN = 20;
/** Where it stops counting: a pause of the longest. */
const MOST = FREE + 1 + Math.log2(MAX_RETRY_TIME);

/**
 * What an end counts: of a connection on which the neighbour never said who it is, or that lost against another (RFC
 * 4271 section 6.8).
 */
export const LIGHT = 0.25;
/** Of one that it was refused on. */
export const FULL = 1;
/** Of a session that was up for so many milliseconds: the less it lived the more, down to a half. */
export const afterUp = (lived: number): number => Math.max(0.5, 1 / (1 + lived / SECOND));

/**
 * How often a neighbour's sessions have come and gone lately, and what pause that costs (DampPeerOscillations, RFC 4271
 * section 8.1.1). Every end counts, whatever was said with it, but for those of our own will; each is forgotten by and
 * by.
 */
export class Damping {
  private ends = 0;
  private at = 0;

  /** An end at `now`, milliseconds, that counts so much. */
  count(now: number, weight: number): void {
    this.ends = Math.min(MOST, this.level(now) + weight);
    this.at = now;
  }

  /** Whether another end would cost nothing. */
  spares(now: number): boolean {
    return this.level(now) + FULL <= FREE;
  }

  /** Seconds until the next one, doubled with each end. */
  pause(now: number): number {
    const over = this.level(now) - FREE;
    return over <= 0 ? 0 : Math.min(MAX_RETRY_TIME, 2 ** (over - 1));
  }

  private level(now: number): number {
    return Math.max(0, this.ends - (now - this.at) / (FORGOTTEN * SECOND));
  }
}
