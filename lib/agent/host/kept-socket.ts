import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Log } from './log';

/** Milliseconds between checks. */
const APART = 2_000;

interface KeptOptions {
  /** Milliseconds between two looks. */
  readonly apart?: number;
  /** Errors that end {@link KeptSocket.listen}; it retries after any other. */
  readonly isFatal?: (error: Error) => boolean;
}

/**
 * A server on a unix socket whose file is recreated if it is removed, as cleaners of temporary folders do: without it
 * the agent is unreachable.
 */
export class KeptSocket {
  /** The last one listens; earlier ones still have connections. Empty before the first success. */
  private servers: readonly Server[] = [];
  private readonly timer: NodeJS.Timeout;
  private isClosed = false;
  private isBusy = true;
  private complaint = '';

  private constructor(
    private readonly open: () => Promise<Server>,
    private readonly path: string,
    private readonly log: Pick<Log, 'warn' | 'error'>,
    apart: number,
  ) {
    this.timer = setInterval(() => void this.look(), apart).unref();
  }

  /** `open` listens at the path; listen() rejects as it does if its error is fatal. */
  static async listen(
    open: () => Promise<Server>,
    path: string,
    log: Pick<Log, 'warn' | 'error'>,
    { apart = APART, isFatal = () => true }: KeptOptions = {},
  ): Promise<KeptSocket> {
    const kept = new KeptSocket(open, path, log, apart);
    try {
      kept.servers = [await open()];
    } catch (error) {
      if (isFatal(error as Error)) {
        kept.close();
        throw error;
      }
      kept.complain('cannot be opened yet', error as Error);
    }
    kept.isBusy = false;
    return kept;
  }

  get isListening(): boolean {
    return this.servers.some(({ listening }) => listening);
  }

  /** Closes all connections. */
  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
    for (const server of this.servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  private async look(): Promise<void> {
    const isFirst = this.servers.length === 0;
    if (this.isBusy || (!isFirst && existsSync(this.path))) return;
    this.isBusy = true;
    try {
      // Each removes the file at its path when it closes, which must not be that of its successor.
      for (const former of this.servers)
        former.close(() => {
          this.servers = this.servers.filter((server) => server !== former);
        });
      const server = await this.open();
      this.servers = [...this.servers, server];
      if (this.isClosed) this.close();
      this.complaint = '';
      this.log.warn(isFirst ? `now listening on ${this.path}` : `${this.path} was removed: listening on it again`);
    } catch (error) {
      this.complain(isFirst ? 'cannot be opened yet' : 'was removed, and cannot be created again', error as Error);
    } finally {
      this.isBusy = false;
    }
  }

  /** Once for each reason. */
  private complain(what: string, { message }: Error): void {
    if (message !== this.complaint) this.log.error(`${this.path} ${what}: ${message}; retrying`);
    this.complaint = message;
  }
}
