/** Octets per additional millisecond, so that large responses may arrive over a slow link. */
const RATE = 256;

/**
 * Limits the time of a response: without any octet, and in total, plus an allowance for its size. So a response that
 * trickles in ends, too. Time in which nothing waits, because the reader is busy, does not count.
 */
export class ResponseTimeout {
  private waited = 0;
  private since: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private heard = 0;

  constructor(
    private readonly ms: number,
    /** Octets sent or received. */
    private octets: number,
    /** Called once on timeout. */
    private readonly ended: (why: Error) => void,
  ) {}

  /** Starts waiting. */
  wait(): void {
    this.since ??= performance.now();
    clearTimeout(this.timer);
    const left = this.ms + this.octets / RATE - this.waited;
    this.timer = setTimeout(() => this.end(), Math.max(0, Math.min(left, this.ms)));
  }

  /** Octets arrived; stops waiting until {@link wait}. */
  came(octets: number): void {
    this.octets += octets;
    this.heard += octets;
    this.rest();
  }

  /** Stops waiting. */
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
