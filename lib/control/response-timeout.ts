/** Octets that extend the time by a millisecond, so that large responses may arrive over a slow line. */
const RATE = 256;

/**
 * Limits how long a response may take: without any octet, and in all, plus what its size takes over a slow line. So a
 * response that drips ends, too. Time in which nobody waits, because the reader is busy, does not count.
 */
export class ResponseTimeout {
  private waited = 0;
  private since: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private heard = 0;

  constructor(
    private readonly ms: number,
    /** Octets that were sent or received. */
    private octets: number,
    /** Called once when the time is over. */
    private readonly ended: (why: Error) => void,
  ) {}

  /** Waits from now on. */
  wait(): void {
    this.since ??= performance.now();
    clearTimeout(this.timer);
    const left = this.ms + this.octets / RATE - this.waited;
    this.timer = setTimeout(() => this.end(), Math.max(0, Math.min(left, this.ms)));
  }

  /** So many octets arrived; stops waiting until {@link wait}. */
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
