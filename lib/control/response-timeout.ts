/**
 * Octets that earn a millisecond: what comes as slowly as this is still waited for, so that much of it may come over a
 * slow line.
 */
const RATE = 256;

/**
 * How long an answer is waited for: never so long that nothing comes, and not so long as a whole, but for what much of
 * it takes over a slow line. So one that drips comes to an end. Time in which nobody waits, as the reader has enough to
 * do, does not count.
 */
export class ResponseTimeout {
  private waited = 0;
  private since: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private heard = 0;

  constructor(
    private readonly ms: number,
    /** Octets that went or came. */
    private octets: number,
    /** Called once where it is at an end. */
    private readonly ended: (why: Error) => void,
  ) {}

  /** Waits from now on. */
  wait(): void {
    this.since ??= performance.now();
    clearTimeout(this.timer);
    const left = this.ms + this.octets / RATE - this.waited;
    this.timer = setTimeout(() => this.end(), Math.max(0, Math.min(left, this.ms)));
  }

  /** So many octets came, and nothing is waited for until {@link wait}. */
  came(octets: number): void {
    this.octets += octets;
    this.heard += octets;
    this.rest();
  }

  /** Nothing is waited for, or nothing any more. */
  rest(): void {
    clearTimeout(this.timer);
    if (this.since !== undefined) this.waited += performance.now() - this.since;
    this.since = undefined;
  }

  private end(): void {
    const seconds = Math.round((this.waited + performance.now() - (this.since ?? performance.now())) / 100) / 10;
    this.ended(
      new Error(this.heard === 0 ? `no answer within ${seconds} s` : `no complete answer within ${seconds} s`),
    );
  }
}
