import { connect, createServer, type Socket } from 'node:net';
import { CAPABILITY } from '../../lib/bgp/wire/capability';
import { numbersOf } from '../../lib/bgp/wire/family';
import { KEEPALIVE } from '../../lib/bgp/wire/keepalive';
import { encodeNotification, notification } from '../../lib/bgp/wire/notification';
import { CEASE, ERROR } from '../../lib/bgp/wire/notification-codes';
import { encodeOpen } from '../../lib/bgp/wire/open';
import type { Neighbour } from './orders';
import { read16, Sink } from './sink';

const TYPE = { open: 1, notification: 3, keepalive: 4 } as const;
const BUFFER = 65536;
/** Milliseconds until another attempt where the daemon refused. */
const RETRY = 100;

export interface PeerEvents {
  up(): void;
  /** Messages were read. */
  read(): void;
  failed(reason: string): void;
}

/** One BGP neighbour, as simple as can be: it says OPEN, sends what it is given and counts what it gets. */
export class Peer {
  readonly sink: Sink;
  isUp = false;
  private socket: Socket | undefined;
  private buffer = new Uint8Array(0);
  private filled = 0;
  private keepalives: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    readonly neighbour: Neighbour,
    private readonly events: PeerEvents,
    private readonly port = 179,
  ) {
    this.sink = new Sink(neighbour.family === 'ipv4', neighbour.remembers, !neighbour.isClient);
  }

  start(): void {
    const { local, remote, listens } = this.neighbour;
    if (listens) {
      const server = createServer((socket) => {
        server.close();
        socket.on('data', (chunk) => this.take(chunk, chunk.length));
        this.opened(socket);
      });
      server.listen(this.port, local);
      return;
    }
    const socket = connect({
      host: remote,
      port: this.port,
      localAddress: local,
      onread: {
        buffer: new Uint8Array(BUFFER),
        callback: (length, chunk) => {
          this.take(chunk, length);
          return true;
        },
      },
    });
    socket.on('connect', () => this.opened(socket));
    let reason = 'closed';
    socket.on('error', ({ message }) => {
      reason = message;
    });
    socket.on('close', () => {
      if (this.socket === socket || !this.socket) this.lost(reason);
    });
  }

  /** Sends octets at full speed; `sent` when the last are in the hands of the system. */
  send(bytes: Uint8Array, sent: () => void): void {
    this.socket?.write(bytes, () => sent());
  }

  close(): void {
    this.isClosed = true;
    this.isUp = false;
    clearInterval(this.keepalives);
    this.socket?.end(encodeNotification(notification(ERROR.cease, CEASE.administrativeShutdown)));
    this.socket = undefined;
  }

  /** After {@link close}. */
  reopen(): void {
    this.isClosed = false;
    this.start();
  }

  private opened(socket: Socket): void {
    this.socket = socket;
    socket.setNoDelay(true);
    this.filled = 0;
    const { as, routerId, family, holdTime } = this.neighbour;
    const { afi, safi } = numbersOf(`${family} unicast`);
    socket.write(
      encodeOpen({
        version: 4,
        as,
        holdTime,
        routerId,
        capabilities: [
          { code: CAPABILITY.multiprotocol, afi, safi },
          { code: CAPABILITY.fourOctetAs, as },
        ],
      }),
    );
  }

  private lost(reason: string): void {
    clearInterval(this.keepalives);
    if (this.isClosed) return;
    if (this.isUp) this.events.failed(reason);
    else setTimeout(() => this.start(), RETRY);
    this.isUp = false;
  }

  /**
   * Cuts the stream into messages. A rest is moved to the front of a buffer of our own; a chunk is used where it lies
   * otherwise.
   */
  private take(chunk: Uint8Array, length: number): void {
    let bytes = chunk;
    let end = length;
    if (this.filled > 0) {
      if (this.buffer.length < this.filled + length) {
        const wider = new Uint8Array(this.filled + Math.max(length, BUFFER));
        wider.set(this.buffer.subarray(0, this.filled));
        this.buffer = wider;
      }
      this.buffer.set(chunk.subarray(0, length), this.filled);
      bytes = this.buffer;
      end = this.filled + length;
    }
    let at = 0;
    while (end - at >= 19) {
      const size = read16(bytes, at + 16);
      if (end - at < size) break;
      this.handle(bytes, at, at + size);
      at += size;
    }
    this.filled = end - at;
    if (this.filled > 0) {
      if (bytes === this.buffer) this.buffer.copyWithin(0, at, end);
      else {
        if (this.buffer.length < this.filled) this.buffer = new Uint8Array(BUFFER);
        this.buffer.set(bytes.subarray(at, end));
      }
    }
    this.events.read();
  }

  private handle(bytes: Uint8Array, at: number, end: number): void {
    const type = bytes[at + 18];
    if (type === TYPE.open) this.socket?.write(KEEPALIVE);
    else if (type === TYPE.keepalive && !this.isUp) {
      this.isUp = true;
      this.keepalives = setInterval(() => this.socket?.write(KEEPALIVE), this.neighbour.holdTime * (1000 / 3));
      this.events.up();
    } else if (type === TYPE.notification) this.events.failed(`NOTIFICATION ${bytes[at + 19]}/${bytes[at + 20]}`);
    else this.sink.take(bytes, at, end);
  }
}
