import type { Socket } from 'node:net';

/** Milliseconds that reading may take in one turn of the event loop before timers and other work run. */
const READING = 10;

/**
 * Keeps a flood of input from blocking the event loop: sockets are paused when the time of a turn is used up, and
 * resumed in the next turn.
 */
export class Pacer {
  private used = 0;
  private scheduled: NodeJS.Immediate | undefined;
  private readonly paused = new Set<Socket>();

  constructor(private readonly clock: () => number) {}

  /** Processes one chunk read from `socket`. */
  run(socket: Socket, work: () => void): void {
    const start = this.clock();
    work();
    this.used += this.clock() - start;
    this.scheduled ??= setImmediate(() => this.next());
    if (this.used <= READING) return;
    socket.pause();
    this.paused.add(socket);
  }

  close(): void {
    if (this.scheduled) clearImmediate(this.scheduled);
    for (const socket of this.paused) socket.resume();
    this.paused.clear();
  }

  private next(): void {
    this.scheduled = undefined;
    this.used = 0;
    for (const socket of this.paused) socket.resume();
    this.paused.clear();
  }
}
