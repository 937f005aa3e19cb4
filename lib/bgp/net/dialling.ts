/** Milliseconds for which connections are begun in one turn of the event loop. */
const DIALLING = 5;

/** Begins connections, in order: thousands that are due at once, as the first of a route reflector's are, must not keep all other sessions waiting. */
export class Dialling {
  private used = 0;
  private scheduled: NodeJS.Immediate | undefined;
  private readonly waiting = new Map<number, () => void>();

  constructor(private readonly clock: () => number) {}

  /** Begins a connection, now or in a later turn. */
  begin(connection: number, connect: () => void): void {
    this.waiting.set(connection, connect);
    if (this.waiting.size === 1) this.work();
  }

  /** It is no longer wanted, or there already. */
  forget(connection: number): void {
    this.waiting.delete(connection);
  }

  close(): void {
    if (this.scheduled) clearImmediate(this.scheduled);
    this.waiting.clear();
  }

  private work(): void {
    for (const [connection, connect] of this.waiting) {
      if (this.used > DIALLING) break;
      this.waiting.delete(connection);
      const start = this.clock();
      connect();
      this.used += this.clock() - start;
    }
    this.scheduled ??= setImmediate(() => {
      this.scheduled = undefined;
      this.used = 0;
      if (this.waiting.size > 0) this.work();
    });
  }
}
