import type { Instant } from '../control/transaction';
import { now } from './host/clock';

/** Maximum delay of a Node.js timer. */
const LONGEST = 2 ** 31 - 1;

/**
 * Rolls back a release on trial that was not confirmed in time, as the confirm timer of RFC 6241 section 8.4. It is
 * suspended while the agent is down; the next run resumes it.
 */
export class ConfirmTimer {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly due: () => void) {}

  /** Sets the deadline; null: none. */
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
