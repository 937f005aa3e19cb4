import type { Socket } from 'node:net';
import { type ConnectionFailure, connectionFailure } from './failure';
import type { Farewell } from './farewell';

/** What a connection reports. */
export interface ConnectionEvents {
  opened(): void;
  bytes(chunk: Uint8Array): void;
  written(octets: number): void;
  /** It has ended; never called after {@link TcpConnection.close}. */
  gone(failure: ConnectionFailure | undefined): void;
}

/** One TCP connection: octets in and out, with an exact count of those in flight. */
export class TcpConnection {
  private isClosed = false;
  private failure: ConnectionFailure | undefined;
  private waiting: Uint8Array[] = [];

  constructor(
    readonly socket: Socket,
    private readonly events: ConnectionEvents,
    private readonly farewell: Farewell,
  ) {
    socket.setNoDelay(true);
    socket.on('connect', () => !this.isClosed && events.opened());
    // A plain array: the reading code is compiled for one kind of array, and our own octets are of that kind.
    socket.on('data', (chunk: Buffer) => {
      if (!this.isClosed) events.bytes(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    });
    socket.on('error', (error) => {
      this.failure = connectionFailure(error);
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => this.end());
    socket.resume(); // a listener may hand over its sockets paused, so that nothing is read before they are protected
  }

  /** Nothing is sent before {@link flush}, so that the output of one input is sent together. */
  send(bytes: Uint8Array): void {
    if (!this.isClosed) this.waiting.push(bytes);
  }

  /** Sends what was queued since the last time. */
  flush(): void {
    const { waiting, socket } = this;
    const isMany = waiting.length > 1;
    if (waiting.length === 0) return;
    this.waiting = [];
    if (isMany) socket.cork();
    for (const bytes of waiting)
      socket.write(bytes, (error) => {
        if (!error && !this.isClosed) this.events.written(bytes.length);
      });
    if (isMany) socket.uncork();
  }

  /** Closes once everything queued is sent. */
  close(): void {
    if (this.isClosed) return;
    this.flush();
    this.isClosed = true;
    const { socket } = this;
    if (socket.connecting) socket.destroy();
    else this.farewell.take(socket);
  }

  private end(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.events.gone(this.failure);
  }
}
