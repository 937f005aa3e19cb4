/** One second in milliseconds, the unit of the speaker's clock. */
export const SECOND = 1000;

/** RFC 4271 section 8.2.2: the hold timer while an OPEN is awaited, "a large value" of 4 minutes, in seconds. */
export const OPEN_HOLD_TIME = 240;

/** Seconds an accepted connection waits for the neighbour's OPEN if several of our AS numbers are possible. */
export const DELAY_OPEN_TIME = 5;

/** Seconds after which the end that waits for the other to connect dials itself. */
export const WAIT_FOR_DIALLER = 3;

/** Seconds for the neighbour to respond while it may have any of several keys: with the wrong one it never does. */
export const NEXT_KEY = 1;

/** Maximum pause between two attempts in seconds. */
export const MAX_RETRY_TIME = 30;

/** A session that has been up for this many seconds is stable: earlier failures no longer count. */
export const STABLE_TIME = 60;

/**
 * RFC 9687 section 4.2: seconds for which nothing could be sent, 8 minutes or twice the hold time, whichever is longer;
 * 0: no limit.
 */
export const sendHoldTime = (holdTime: number): number => (holdTime === 0 ? 0 : Math.max(480, 2 * holdTime));

/** RFC 4271 section 10: a factor from 0.75 to 1.0, so that sessions do not synchronise. `random` is from 0 to 1. */
export const jittered = (seconds: number, random: number): number => seconds * (0.75 + 0.25 * random);

/** Doubles with each consecutive failure, up to {@link MAX_RETRY_TIME} (or `seconds` itself if that is longer). */
export const backedOff = (seconds: number, failures: number): number =>
  Math.max(seconds, Math.min(MAX_RETRY_TIME, seconds * 2 ** Math.min(failures, 16)));

/** Timers fired at once: those of thousands of sessions are due together, and input must be read in between. */
const FIRED_AT_ONCE = 100;

/** A timer; see {@link TimerQueue}. */
export class Timer {
  /** Milliseconds; Infinity: not running. */
  deadline = Number.POSITIVE_INFINITY;
  /** When the queue will check it: never later than the deadline. */
  queued = Number.POSITIVE_INFINITY;

  constructor(
    private readonly agenda: TimerQueue,
    readonly fire: () => void,
  ) {}

  get running(): boolean {
    return this.deadline !== Number.POSITIVE_INFINITY;
  }

  /** Runs until `at`, replacing any previous deadline. Moving it later is free: hold timers do so with each message. */
  start(at: number): void {
    this.deadline = at;
    if (at < this.queued) this.agenda.queue(this, at);
  }

  stop(): void {
    this.deadline = Number.POSITIVE_INFINITY;
  }
}

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly timer: Timer;
}

/** All timers of a speaker: a heap by time, and in order of starting among equals. */
export class TimerQueue {
  private readonly heap: Entry[] = [];
  private started = 0;

  timer(fire: () => void): Timer {
    return new Timer(this, fire);
  }

  /** When to call {@link run} next; Infinity: no timer runs. May be earlier than the first deadline, never later. */
  get next(): number {
    while (this.heap.length > 0 && isStale(this.heap[0])) this.pop();
    return this.heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Fires what is due at `now`; of very many the first: {@link next} then shows that more are due. */
  run(now: number): void {
    for (let fired = 0; this.next <= now && fired < FIRED_AT_ONCE; ) {
      const { timer } = this.pop();
      timer.queued = Number.POSITIVE_INFINITY;
      if (!timer.running) continue;
      if (timer.deadline > now) {
        this.queue(timer, timer.deadline);
        continue;
      }
      timer.stop();
      timer.fire();
      fired++;
    }
  }

  /** For {@link Timer}: check it at `at`. */
  queue(timer: Timer, at: number): void {
    timer.queued = at;
    const heap = this.heap;
    heap.push({ at, order: this.started++, timer });
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!isBefore(heap[i], heap[parent])) break;
      [heap[i], heap[parent]] = [heap[parent], heap[i]];
      i = parent;
    }
  }

  private pop(): Entry {
    const heap = this.heap;
    const top = heap[0];
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    heap[0] = last;
    for (let i = 0; ; ) {
      const left = 2 * i + 1;
      const right = left + 1;
      let least = i;
      if (left < heap.length && isBefore(heap[left], heap[least])) least = left;
      if (right < heap.length && isBefore(heap[right], heap[least])) least = right;
      if (least === i) return top;
      [heap[i], heap[least]] = [heap[least], heap[i]];
      i = least;
    }
  }
}

/** A timer restarted for an earlier time leaves its previous entry behind; a stopped one is no reason to wake up. */
const isStale = ({ at, timer }: Entry): boolean => {
  if (at !== timer.queued) return true;
  if (timer.running) return false;
  timer.queued = Number.POSITIVE_INFINITY;
  return true;
};
const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
