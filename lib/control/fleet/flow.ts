/** Requests under way at once: at first, at least, and at most. */
const WINDOW = { first: 64, least: 16, most: 512 } as const;

/**
 * Milliseconds: replies that take less widen the window, and those that take more narrow it. A busy machine alone may
 * need a second for a reply, however few are under way.
 */
const SOON_MS = 1_500;
const LATE_MS = 3_000;

/** What a late reply leaves of the window: once, however many of those that were under way with it are late. */
const NARROWED = 0.75;

/**
 * Paces requests through etcd: as many at once as are answered soon. So thousands of agents are asked as fast as etcd
 * and they can take it, and no request times out because of the others.
 */
export class Flow {
  private size: number = WINDOW.first;
  private running = 0;
  /** Replies that arrive before those of a narrowed window can. */
  private earlier = 0;
  private readonly waiting: (() => void)[] = [];

  /** Resolves when a request may be sent; {@link leave} must follow. */
  enter(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.next();
    });
  }

  /** A request is over; `ms`: its reply took so long. Default: it had none. */
  leave(ms?: number): void {
    const isEarlier = this.earlier > 0;
    if (isEarlier) this.earlier--;
    if (ms !== undefined && ms < SOON_MS) this.size = Math.min(WINDOW.most, this.size + 1);
    if (ms !== undefined && ms > LATE_MS && !isEarlier) {
      this.size = Math.max(WINDOW.least, Math.floor(this.size * NARROWED));
      this.earlier = this.running;
    }
    this.running--;
    this.next();
  }

  private next(): void {
    for (; this.running < this.size && this.waiting.length > 0; this.running++) this.waiting.shift()!();
  }
}
