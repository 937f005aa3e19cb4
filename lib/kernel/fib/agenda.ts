import { Pace } from './state/pace';

/** Deferred work, done once for many events. */
export type Job =
  | 'ownNetwork'
  | 'release'
  | 'periodic'
  | 'nextHops'
  | 'lostNextHops'
  | 'resolve'
  | 'rules'
  | 'resync'
  | 'inspect';

/** Delays in milliseconds: events come in bursts, which are handled together. */
export const DELAY = {
  /** A deleted route is often followed by its replacement; next hops are looked up once for both. */
  resolve: 1,
  resync: 50,
  /** Interval of repairs when another process keeps changing an object of ours. */
  quarrel: 1000,
} as const;

/** What {@link Agenda.settled} waits for. */
const AWAITED: readonly Job[] = ['ownNetwork', 'resolve', 'rules', 'resync', 'inspect'];

/** The outstanding work of a {@link Fib}: delayed jobs, work in progress, and callers that wait for all of it. */
export class Agenda {
  private readonly timers = new Map<Job, NodeJS.Timeout>();
  private readonly waiters: (() => void)[] = [];
  /** Pacing of full scans that changes of links and addresses trigger. */
  private readonly paces = { resync: new Pace(), ownNetwork: new Pace() };
  private running = 0;
  private closed = false;

  constructor(
    private readonly jobs: Readonly<Record<Job, () => unknown>>,
    /** Whether there is nothing to write. */
    private readonly isWritten: () => boolean,
  ) {}

  get isClosed(): boolean {
    return this.closed;
  }

  get busy(): boolean {
    return !this.closed && (!this.isWritten() || this.running > 0 || AWAITED.some((job) => this.timers.has(job)));
  }

  /** Whether work that queries the kernel is in progress. */
  get isAsking(): boolean {
    return this.running > 0;
  }

  later = (job: Job, delay: number): void => {
    if (this.closed || this.timers.has(job)) return;
    // A scan after lost events is never delayed; one that a link or address change triggers is paced.
    const isPaced = this.waiters.length === 0 && (job === 'ownNetwork' || (job === 'resync' && delay > 0));
    const wait = isPaced ? Math.max(delay, this.paces[job].wait(performance.now())) : delay;
    const timer = setTimeout(() => {
      this.timers.delete(job);
      this.jobs[job]();
      this.quiet();
    }, wait);
    if (job === 'periodic') timer.unref();
    this.timers.set(job, timer);
  };

  /** Cancels a delayed job; whether there was one. */
  overtakes(job: Job): boolean {
    clearTimeout(this.timers.get(job));
    return this.timers.delete(job);
  }

  /** Records how long a full scan took. */
  took(job: 'resync' | 'ownNetwork', milliseconds: number): void {
    this.paces[job].done(performance.now(), milliseconds);
  }

  /** Runs work that spans several turns of the event loop, and that {@link settled} waits for. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.running++;
    try {
      return await work();
    } finally {
      this.running--;
      this.quiet();
    }
  }

  /** Resolves when no work is outstanding. */
  settled(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    const settled = new Promise<void>((done) => this.waiters.push(done));
    for (const job of ['ownNetwork', 'resync'] as const) if (this.overtakes(job)) this.later(job, 0);
    return settled;
  }

  /** Work was done: callers that wait for all of it may be released. */
  quiet(): void {
    if (!this.busy) this.tell();
  }

  /** Cancels everything outstanding. */
  close(): void {
    this.closed = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  /** Releases all waiting callers. */
  tell(): void {
    for (const waiter of this.waiters.splice(0)) waiter();
  }
}
