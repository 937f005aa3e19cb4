import type { Socket } from 'node:net';

/** Milliseconds a closed connection may take to bring its last octets out. */
const LINGER = 2000;
/**
 * So many do at once; of more the oldest are cut off, or those who come again and again would use up the file
 * descriptors.
 */
const MOST = 256;

/** Connections that are closed here and not yet at the other end. */
export class Farewell {
  private readonly leaving = new Map<Socket, NodeJS.Timeout>();

  constructor(private readonly most = MOST) {}

  get size(): number {
    return this.leaving.size;
  }

  /**
   * Ends this one: what still comes is read and thrown away, as unread octets would turn our last words into a reset.
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
