import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { Failure } from '../failure';
import { jsonLine, onJsonLines } from './json-lines';
import { type BfdProcess, type BfdReport, type BfdSpec, type BfdStatus, specsIn } from './protocol';

/** What the process does for the agent. */
interface BfdApi {
  configure(specs: readonly BfdSpec[]): void;
  readonly statuses: readonly BfdStatus[];
}

/** Octets that may wait for an agent that does not read; it asks anew when it does. */
const MOST_WAITING = 32 << 20;

/** Serves the agent on a unix socket. Sessions go on while there is none. */
export class BfdServer {
  private readonly connections = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly about: BfdProcess,
    private readonly api: BfdApi,
  ) {
    server.on('connection', (socket) => this.accept(socket));
  }

  /** Throws {@link Failure}: another process serves here, or it is not permitted. */
  static async listen(path: string, about: BfdProcess, api: BfdApi): Promise<BfdServer> {
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
      if (await responds(path)) throw new Failure('second-agent', `another BFD process is listening on ${path}`);
      rmSync(path, { force: true });
      const server = createServer();
      await new Promise<void>((listening, failed) => {
        server.once('error', failed);
        server.listen(path, listening);
      });
      chmodSync(path, 0o600);
      return new BfdServer(server, about, api);
    } catch (error) {
      if (error instanceof Failure) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      const isDenied = code === 'EACCES' || code === 'EPERM';
      const remedy = isDenied ? '. Run as root, or set --socket to a path that you own' : '';
      throw new Failure(isDenied ? 'privilege' : 'internal', `cannot listen on ${path}: ${message}${remedy}`);
    }
  }

  /** Tells every agent that listens. */
  report(report: BfdReport): void {
    const line = jsonLine(report);
    for (const socket of this.connections) {
      socket.write(line);
      if (socket.writableLength > MOST_WAITING) socket.destroy();
    }
  }

  close(): void {
    this.server.close();
    for (const socket of this.connections) socket.destroy();
  }

  private accept(socket: Socket): void {
    const report = (report: BfdReport) => socket.write(jsonLine(report));
    this.connections.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.connections.delete(socket));
    report({ process: this.about, sessions: [...this.api.statuses] });
    onJsonLines(socket, (value) => {
      const specs = specsIn(value);
      if (specs === 'invalid') socket.destroy();
      if (!specs || specs === 'invalid') return;
      this.api.configure(specs);
      report({ sessions: [...this.api.statuses] });
    });
  }
}

/** Whether somebody is at a socket: one that ended without a word leaves its file. */
function responds(path: string): Promise<boolean> {
  const socket = connect(path);
  return new Promise((done) => {
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}
