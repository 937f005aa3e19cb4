import type { Socket } from 'node:net';

/** Milliseconds a closed connection may take to send its last octets. */
const LINGER = 2000;
/**
 * Maximum number of such connections; beyond it the oldest are reset, so that neighbours that keep reconnecting cannot
 * exhaust file descriptors.
 */
const MOST = 256;

/** Connections that are closed here but not yet at the other end. */
export class Farewell {
  private readonly leaving = new Map<Socket, NodeJS.Timeout>();

  constructor(private readonly most = MOST) {}

  get size(): number {
    return this.leaving.size;
  }

  /**
   * Closes a connection: further input is read and discarded, as unread octets would turn our final message into a
   * reset.
   */
  take(socket: Socket): void {
    socket.resume();
    socket.end();
    this.leaving.set(
      socket,
      setTimeout(() => this.cutOff(socket), LINGER),
    );
    socket.once('close', () => this.forget(socket));
    if (this.leaving.size <= this.most) return;
    const [oldest] = this.leaving.keys();
    this.cutOff(oldest);
  }

  private cutOff(socket: Socket): void {
    this.forget(socket);
    socket.destroy();
  }

  private forget(socket: Socket): void {
    clearTimeout(this.leaving.get(socket));
    this.leaving.delete(socket);
  }
}
