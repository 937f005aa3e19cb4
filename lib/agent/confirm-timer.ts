import type { Instant } from '../control/transaction';
import { now } from './host/clock';

/** As long as a timer of Node.js can wait. */
const LONGEST = 2 ** 31 - 1;

/**
 * Acts when a release on trial was not confirmed in time, as the confirm timer of RFC 6241 section 8.4 does. It rests
 * while the agent is down; the next run takes it up again.
 */
export class ConfirmTimer {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly due: () => void) {}

  /** Waits for this moment from now on; null: for none. */
  watch(deadline: Instant | null): void {
    this.stop();
    if (!deadline) return;
    const left = Math.min(Math.max(0, deadline.at - now().at), LONGEST);
    this.timer = setTimeout(this.due, left).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
