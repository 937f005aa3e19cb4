import { createServer, type Server } from 'node:http';
import type { Log } from '../host/log';
import type { MetricsPlace } from './place';
import type { Numbers } from './registry';

/** Milliseconds between attempts to listen. */
const APART = 5_000;

/** Maximum number of connections, so that clients take no descriptors from BGP: further ones are closed at once. */
const MOST_CONNECTIONS = 64;

/** Timeouts in milliseconds: for the headers, the whole request, and a reader that accepts no data. */
const PATIENCE = { headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 1_000 };
const STALLED = 30_000;

/**
 * Serves metrics at `/metrics`. They are not part of routing: if the address is in use, or does not exist yet, this is
 * logged once and retried until it works.
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
    if (this.server.listening || this.isClosed) return; // a failed accept affects one connection
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
