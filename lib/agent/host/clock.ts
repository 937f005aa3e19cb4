import { readFileSync } from 'node:fs';
import type { Instant } from '../../control/transaction';

/** Milliseconds of the monotonic clock, which continues across restarts of the agent and restarts with each boot. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

/** Identifies this boot of the machine. */
const BOOT = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** The current time, comparable with times of earlier runs of the agent on the same boot. */
export const now = (): Instant => ({ boot: BOOT, at: monotonicMs() });

/** Tolerance in milliseconds between reading the two clocks; a larger difference means that the wall clock was set. */
const APART = 100;

/**
 * Converts monotonic times to wall-clock times: the same result for the same time, to the millisecond, until the wall
 * clock is set.
 */
export class WallClock {
  private ahead: number | undefined;

  /** `now`: monotonic clock in milliseconds; `wall`: wall clock. */
  time(moment: number, now: number, wall = Date.now()): string {
    const ahead = wall - now;
    if (this.ahead === undefined || Math.abs(ahead - this.ahead) > APART) this.ahead = ahead;
    return new Date(Math.round(moment + this.ahead)).toISOString();
  }
}
