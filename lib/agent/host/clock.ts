import { readFileSync } from 'node:fs';
import type { Instant } from '../../control/transaction';

/** Milliseconds of the monotonic clock, which runs on when an agent restarts and starts again with each boot. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

/** Names this boot of the machine. */
const BOOT = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** This moment, comparable with moments of earlier runs of the agent on the same boot. */
export const now = (): Instant => ({ boot: BOOT, at: monotonicMs() });

/** Milliseconds by which the two clocks may be read apart; more than that, and somebody has set the one on the wall. */
const APART = 100;

/**
 * What the clock on the wall showed at moments of a monotonic clock: of one moment always the same, to the millisecond,
 * until somebody sets that clock.
 */
export class WallClock {
  private ahead: number | undefined;

  /** `now`: of the monotonic clock, in milliseconds; `wall`: of the other one. */
  time(moment: number, now: number, wall = Date.now()): string {
    const ahead = wall - now;
    if (this.ahead === undefined || Math.abs(ahead - this.ahead) > APART) this.ahead = ahead;
    return new Date(Math.round(moment + this.ahead)).toISOString();
  }
}
