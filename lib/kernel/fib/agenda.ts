import { Pace } from './state/pace';

/** What is done later, once for a swarm of reasons. */
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

/** Milliseconds after which what an event asks for is done: events come in swarms. */
export const DELAY = {
  /** A deleted route often comes with the next one; next hops are looked up once for all. */
  resolve: 1,
  resync: 50,
  /** Somebody who changes an object of ours again and again is answered so often. */
  quarrel: 1000,
} as const;

/** What {@link Agenda.settled} waits for. */
const AWAITED: readonly Job[] = ['ownNetwork', 'resolve', 'rules', 'resync', 'inspect'];

/**
 * What a {@link Fib} has yet to do: jobs that wait for their time, work that is under way, and who waits until all of
 * it is done.
 */
export class Agenda {
  private readonly timers = new Map<Job, NodeJS.Timeout>();
  private readonly waiters: (() => void)[] = [];
  /** Of what looks at everything, and that changes of links and addresses ask for. */
  private readonly paces = { resync: new Pace(), ownNetwork: new Pace() };
  private running = 0;
  private closed = false;

  constructor(
    private readonly jobs: Readonly<Record<Job, () => unknown>>,
    /** Whether nothing is to be written. */
    private readonly isWritten: () => boolean,
  ) {}

  get isClosed(): boolean {
    return this.closed;
  }

  get busy(): boolean {
    return !this.closed && (!this.isWritten() || this.running > 0 || AWAITED.some((job) => this.timers.has(job)));
  }

  /** Whether work is under way that asks the kernel. */
  get isAsking(): boolean {
    return this.running > 0;
  }

  later = (job: Job, delay: number): void => {
    if (this.closed || this.timers.has(job)) return;
    // What was missed is found out at once, however often; what a change of a link or an address asks for is not done
    // all the time.
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

  /** Whether something was to be done later; now it is not. */
  overtakes(job: Job): boolean {
    clearTimeout(this.timers.get(job));
    return this.timers.delete(job);
  }

  /** A job that looks at everything took so long. */
  took(job: 'resync' | 'ownNetwork', milliseconds: number): void {
    this.paces[job].done(performance.now(), milliseconds);
  }

  /** Work that takes more than one turn of the event loop, and that is waited for. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.running++;
    try {
      return await work();
    } finally {
      this.running--;
      this.quiet();
    }
  }

  /** When nothing is left to do for now. */
  settled(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    const settled = new Promise<void>((done) => this.waiters.push(done));
    for (const job of ['ownNetwork', 'resync'] as const) if (this.overtakes(job)) this.later(job, 0);
    return settled;
  }

  /** Something was done: those that wait for all of it may be released. */
  quiet(): void {
    if (!this.busy) this.tell();
  }

  /** Nothing more is done. */
  close(): void {
    this.closed = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  /** Releases all that wait. */
  tell(): void {
    for (const waiter of this.waiters.splice(0)) waiter();
  }
}
