import type { Family } from '../wire/family';
import { SECOND, type Timer, type TimerQueue } from './timers';

/**
 * Seconds that a neighbour may take from the begin to the end of a refresh; BIRD and FRR need seconds for a full table.
 */
const REFRESH_TIME = 360;

/** Seconds within which a family is not refreshed twice: each begin costs a walk over the whole table. */
const APART = 1;

/**
 * Refreshes between marks that are coming in (RFC 7313 section 4): what the neighbour does not repeat is gone, with its
 * end mark or, should that never come, when the time is over.
 */
export class EnhancedRefresh {
  /** Of the families with a begin mark. */
  private readonly timers = new Map<Family, Timer>();
  private readonly began = new Map<Family, number>();

  /** `sweep` drops what was not repeated of a family. */
  constructor(
    private readonly agenda: TimerQueue,
    private readonly sweep: (family: Family) => void,
  ) {}

  get active(): boolean {
    return this.timers.size > 0;
  }

  /**
   * The begin mark of a family came; a second one begins anew. Answers whether its routes are to be marked as stale:
   * not so soon after the mark before, of which this one is taken as a repetition.
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

  /** The end mark came. One that no begin went before means nothing. */
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
