/**
 * Connection attempts started in one turn of the event loop: each costs a tenth of a millisecond, and as much again if
 * it fails at once.
 */
const AT_ONCE = 50;

/**
 * Starts connections, in order: thousands that are due at once, as on a route reflector, must not block all other
 * sessions.
 */
export class Dialling {
  private begun = 0;
  private nextTurn: NodeJS.Immediate | undefined;
  private readonly waiting = new Map<number, () => void>();

  /** Starts a connection, now or in a later turn. */
  begin(connection: number, connect: () => void): void {
    this.waiting.set(connection, connect);
    if (this.waiting.size === 1) this.work();
  }

  /** Cancels one that is no longer wanted, or already exists. */
  forget(connection: number): void {
    this.waiting.delete(connection);
  }

  close(): void {
    if (this.nextTurn) clearImmediate(this.nextTurn);
    this.waiting.clear();
  }

  private work(): void {
    for (const [connection, connect] of this.waiting) {
      if (this.begun === AT_ONCE) break;
      this.begun++;
      this.waiting.delete(connection);
      connect();
    }
    this.nextTurn ??= setImmediate(() => {
      this.nextTurn = undefined;
      this.begun = 0;
      if (this.waiting.size > 0) this.work();
    });
  }
}
