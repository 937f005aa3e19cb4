import type { AgentEvent, EventStep } from '../../control/status';
import { EventShares } from './event-shares';

/**
 * Number of events of each kind stored by an agent: no kind displaces another. Each neighbour has a share of the
 * session events.
 */
const KEPT: Readonly<Record<AgentEvent['kind'], number>> = {
  transaction: 500,
  session: 4000,
  kernel: 500,
  workload: 1000,
  agent: 200,
  stranger: 300,
};

/** Timestamps are formatted on reading. */
type Kept = Omit<AgentEvent, 'time'> & { readonly at: number };

/** Past events in order; the oldest of each kind are dropped. */
export class EventLog {
  private readonly kinds = new Map<AgentEvent['kind'], EventShares<Kept>>();
  private sequence = 0;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly kept: Readonly<Record<AgentEvent['kind'], number>> = KEPT) {}

  /** `source`: whose event it is, if those of a kind have separate shares. `deploy`: which step of a deploy it is. */
  add(kind: AgentEvent['kind'], message: string, source = '', deploy: EventStep = {}): void {
    let shares = this.kinds.get(kind);
    if (!shares) {
      shares = new EventShares(this.kept[kind]);
      this.kinds.set(kind, shares);
    }
    shares.add(source, { sequence: ++this.sequence, at: Date.now(), kind, message, ...deploy });
    if (this.waiting.size === 0) return;
    for (const wake of [...this.waiting]) wake();
  }

  /** Events after `since`; if there is none, waits up to `waitMs` for one. A number from an earlier run returns all. */
  async after(since: number, waitMs: number): Promise<readonly AgentEvent[]> {
    const from = since > this.sequence ? 0 : since;
    if (waitMs > 0 && from === this.sequence) await this.next(waitMs);
    const found: Kept[] = [];
    for (const shares of this.kinds.values())
      for (const queue of shares.all())
        for (const event of queue.newest())
          if (event.sequence > from) found.push(event);
          else break;
    return found
      .sort((a, b) => a.sequence - b.sequence)
      .map(({ at, ...event }) => ({ ...event, time: new Date(at).toISOString() }));
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
