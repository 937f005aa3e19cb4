import type { Family } from '../wire/family';
import { type Agenda, SECOND, type Timer } from './timers';

/** Seconds that a neighbour may take from the begin to the end of a refresh; BIRD and FRR need seconds for a full table. */
export const REFRESH_TIME = 360;

/**
 * Refreshes between marks that are coming in (RFC 7313 section 4): what the neighbour does not repeat is gone, with its end mark or, should that never
 * come, when the time is over.
 */
export class MarkedRefresh {
  private readonly families = new Set<Family>();
  private readonly timer: Timer;

  /** `sweep` drops what was not repeated of a family. */
  constructor(
    agenda: Agenda,
    private readonly sweep: (family: Family) => void,
  ) {
    this.timer = agenda.timer(() => {
      for (const family of this.families) this.sweep(family);
      this.families.clear();
    });
  }

  get active(): boolean {
    return this.families.size > 0;
  }

  /** The begin mark of a family came; a second one begins anew. */
  begin(now: number, family: Family): void {
    this.families.add(family);
    this.timer.start(now + REFRESH_TIME * SECOND);
  }

  /** The end mark came. One that no begin went before means nothing. */
  end(family: Family): void {
    if (!this.families.delete(family)) return;
    this.sweep(family);
    if (!this.active) this.timer.stop();
  }

  /** The session is down. */
  forget(): void {
    this.families.clear();
    this.timer.stop();
  }
}
