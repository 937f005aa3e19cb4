import type { AgentEvent } from '../control/status';

/** How many events an agent remembers. */
const KEPT = 2000;

/** What happened, in order, for those who follow along; the oldest are forgotten. */
export class EventLog {
  // A ring: the event of sequence s is at s % KEPT. Times become text when somebody reads them.
  private readonly events: (Omit<AgentEvent, 'time'> & { at: number })[] = [];
  private sequence = 0;
  private readonly waiting = new Set<() => void>();

  add(kind: AgentEvent['kind'], message: string): void {
    const sequence = ++this.sequence;
    this.events[sequence % KEPT] = { sequence, at: Date.now(), kind, message };
    if (this.waiting.size === 0) return;
    for (const wake of [...this.waiting]) wake();
  }

  /** Events after `since`; where there is none, waits up to `waitMs` for one. A number from an earlier run gets all. */
  async after(since: number, waitMs: number): Promise<readonly AgentEvent[]> {
    const from = since > this.sequence ? 0 : since;
    if (waitMs > 0 && from === this.sequence) await this.next(waitMs);
    const found: AgentEvent[] = [];
    for (let next = Math.max(from, this.sequence - KEPT) + 1; next <= this.sequence; next++) {
      const { at, ...event } = this.events[next % KEPT];
      found.push({ ...event, time: new Date(at).toISOString() });
    }
    return found;
  }

  private next(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      this.waiting.add(done);
    });
  }
}
