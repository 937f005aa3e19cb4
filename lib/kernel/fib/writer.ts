import { Batch } from '../netlink/batch';
import type { Requests } from '../netlink/driver';
import type { Reconciler } from './state/reconciler';

/** Callbacks of the writer. */
export interface WriterEvents {
  /** Before a batch is built: handle pending kernel events. */
  readonly look: () => void;
  /** Nothing is queued or in flight. */
  readonly idle: () => void;
}

/**
 * Sends what a {@link Reconciler} has to send: one batch at a time, collecting what is due in one turn of the event
 * loop.
 */
export class RouteWriter {
  private readonly batch: Batch;
  private scheduled = false;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;
  private timerDue = Number.POSITIVE_INFINITY;

  constructor(
    socket: Pick<Requests, 'privileged' | 'sendAsync' | 'read'>,
    private readonly reconciler: Reconciler,
    private readonly events: WriterEvents,
  ) {
    this.batch = new Batch(socket);
  }

  get idle(): boolean {
    return this.reconciler.idle && !this.scheduled;
  }

  /** There may be something to send, possibly only nexthop objects. */
  schedule = (): void => {
    if (this.scheduled || this.closed || this.batch.inFlight) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.pump();
    });
  };

  /** One timer for all refused routes: for the earliest that is due. */
  retryAt = (due: number): void => {
    if (this.closed || due >= this.timerDue) return;
    clearTimeout(this.timer);
    this.timerDue = due;
    this.timer = setTimeout(() => {
      this.timerDue = Number.POSITIVE_INFINITY;
      this.reconciler.retryDue();
    }, due - performance.now()).unref();
  };

  /** Stops sending; resolves when nothing is in flight. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    while (this.batch.inFlight) await new Promise((turn) => setTimeout(turn, 1));
  }

  private pump(): void {
    if (this.closed || this.batch.inFlight) return;
    this.events.look();
    const what = this.reconciler.fill(this.batch.requests);
    if (what === 'later') this.schedule();
    else if (what === 'nothing') this.events.idle();
    else
      this.batch.send(this.reconciler.answered, () => {
        this.reconciler.landed();
        this.pump();
      });
  }
}
