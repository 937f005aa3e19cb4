import type { AgentEvent } from '../control/status';

/** How many events an agent remembers. */
const KEPT = 2000;

/** What happened, in order, for those who follow along; the oldest are forgotten. */
export class EventLog {
  private readonly events: AgentEvent[] = [];
  private sequence = 0;
  private readonly waiting = new Set<() => void>();

  add(kind: AgentEvent['kind'], message: string): void {
    this.events.push({ sequence: ++this.sequence, time: new Date().toISOString(), kind, message });
    if (this.events.length > KEPT) this.events.shift();
    for (const wake of [...this.waiting]) wake();
  }

  /** Events after `since`; where there is none, waits up to `waitMs` for one. A number from an earlier run gets all. */
  async after(since: number, waitMs: number): Promise<readonly AgentEvent[]> {
    const from = since > this.sequence ? 0 : since;
    const found = () => this.events.filter(({ sequence }) => sequence > from);
    if (waitMs > 0 && found().length === 0) await this.next(waitMs);
    return found();
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
