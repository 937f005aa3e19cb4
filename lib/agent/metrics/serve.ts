import { createServer, type Server } from 'node:http';
import type { Log } from '../host/log';
import type { MetricsPlace } from './place';
import type { Numbers } from './registry';

/** Milliseconds between two attempts to listen. */
const APART = 5_000;

/** Connections at once, so that clients take no descriptors from BGP: further ones are closed at once. */
const MOST_CONNECTIONS = 64;

/** Milliseconds for the headers, for the whole request, and in which a reader must take something of the answer. */
const PATIENCE = { headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 1_000 };
const STALLED = 30_000;

/**
 * Serves the numbers at `/metrics`. They are not part of routing: where the address is taken, or not there yet, the log
 * says so once, and it is tried again until it works.
 */
export class MetricsServer {
  private readonly server: Server;
  private timer: NodeJS.Timeout | undefined;
  private complaint = '';
  private isClosed = false;

  constructor(
    numbers: Pick<Numbers, 'text' | 'contentType'>,
    private readonly place: MetricsPlace,
    private readonly log: Pick<Log, 'info' | 'warn'>,
    private readonly apart = APART,
  ) {
    this.server = createServer(PATIENCE, (request, reply) => {
      if (request.url !== '/metrics') return void reply.writeHead(404).end();
      numbers.text().then(
        (text) => reply.writeHead(200, { 'content-type': numbers.contentType }).end(text),
        (error: Error) => reply.writeHead(500).end(error.message),
      );
    });
    this.server.maxConnections = MOST_CONNECTIONS;
    this.server.setTimeout(STALLED);
    this.server.on('listening', () => this.listens()).on('error', (error) => this.failed(error));
    this.listen();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.server.close();
    this.server.closeAllConnections();
  }

  private listen(): void {
    if (!this.isClosed) this.server.listen(this.place.port, this.place.address);
  }

  private listens(): void {
    if (this.complaint !== '') this.log.info(`metrics are served at ${this.where} now`);
    this.complaint = '';
  }

  private failed({ message }: Error): void {
    if (this.server.listening || this.isClosed) return; // a failed accept concerns one connection
    if (message !== this.complaint)
      this.log.warn(`metrics are not served at ${this.where} yet: ${message}; retrying every ${this.apart / 1000} s`);
    this.complaint = message;
    this.timer = setTimeout(() => this.listen(), this.apart).unref();
  }

  private get where(): string {
    const { address, port } = this.place;
    return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  }
}
