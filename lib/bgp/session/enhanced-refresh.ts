import type { Family } from '../wire/family';
import { SECOND, type Timer, type TimerQueue } from './timers';

/** Maximum seconds from BoRR to EoRR; BIRD and FRR need seconds for a full table. */
const REFRESH_TIME = 360;

/** Minimum seconds between refreshes of a family: each BoRR costs a walk over the whole table. */
const APART = 1;

/**
 * Enhanced route refresh in progress (RFC 7313 section 4): routes that the neighbour does not repeat are removed at its
 * EoRR or, if that never arrives, at the timeout.
 */
export class EnhancedRefresh {
  /** Of the families with a BoRR. */
  private readonly timers = new Map<Family, Timer>();
  private readonly began = new Map<Family, number>();

  /** `sweep` removes the routes of a family that were not repeated. */
  constructor(
    private readonly agenda: TimerQueue,
    private readonly sweep: (family: Family) => void,
  ) {}

  get active(): boolean {
    return this.timers.size > 0;
  }

  /**
   * BoRR of a family; a second one starts over. Returns whether its routes must be marked as stale: not too soon after
   * the previous BoRR, which this one is taken to repeat.
   */
  begin(now: number, family: Family): boolean {
    const before = this.began.get(family);
    if (before !== undefined && now - before < APART * SECOND) return false;
    this.began.set(family, now);
    const timer = this.timers.get(family) ?? this.agenda.timer(() => this.end(family));
    timer.start(now + REFRESH_TIME * SECOND);
    this.timers.set(family, timer);
    return true;
  }

  /** EoRR of a family. Ignored without a preceding BoRR. */
  end(family: Family): void {
    const timer = this.timers.get(family);
    if (!timer) return;
    timer.stop();
    this.timers.delete(family);
    this.sweep(family);
  }

  /** The session is down. */
  forget(): void {
    for (const timer of this.timers.values()) timer.stop();
    this.timers.clear();
    this.began.clear();
  }
}
