import { createServer, type Server, type Socket } from 'node:net';
import { listenAt, Occupied } from '../../control/unix-socket';
import { Failure } from '../failure';
import { jsonLine, onJsonLines } from './json-lines';
import type { AgentPresence } from './parting';
import {
  type BfdCounters,
  type BfdProcess,
  type BfdReport,
  type BfdSpec,
  type BfdStatus,
  HEARTBEAT,
  leavingIn,
  lingeringIn,
  specsIn,
  upIn,
} from './protocol';

/** The operations of the process for the agent. */
interface BfdApi {
  configure(specs: readonly BfdSpec[], lingering: readonly string[], up: readonly string[]): void;
  readonly statuses: readonly BfdStatus[];
  readonly counters: BfdCounters;
}

/** Octets that may queue for an agent that does not read; it requests the state again afterwards. */
const MOST_WAITING = 32 << 20;

/** Serves the agent on a unix socket. Sessions continue without an agent. */
export class BfdServer {
  private readonly connections = new Set<Socket>();
  /** Those that have said which sessions there are to be, with when they will have left; undefined: they stay. */
  private readonly agents = new Map<Socket, number | undefined>();
  private hasLeft = false;
  private readonly beating: NodeJS.Timeout;
  private hasRefused = false;

  private constructor(
    private readonly server: Server,
    private readonly about: BfdProcess,
    private readonly api: BfdApi,
    private readonly warn: (message: string) => void,
  ) {
    server.on('connection', (socket) => this.accept(socket));
    this.beating = setInterval(() => this.report({ alive: true }), about.heartbeat ?? HEARTBEAT);
  }

  /** Throws {@link Failure} if another process serves here, or it is not permitted. */
  static async listen(
    path: string,
    about: BfdProcess,
    api: BfdApi,
    warn: (message: string) => void = () => {},
  ): Promise<BfdServer> {
    const server = createServer();
    try {
      await listenAt(server, path, 'BFD process', { mode: 0o600 });
    } catch (error) {
      if (error instanceof Occupied) throw new Failure('second-agent', error.message);
      const { code, message } = error as NodeJS.ErrnoException;
      const isDenied = code === 'EACCES' || code === 'EPERM';
      const remedy = isDenied ? '. Run as root, or set --socket to a path that you own' : '';
      throw new Failure(isDenied ? 'privilege' : 'internal', `cannot listen on ${path}: ${message}${remedy}`);
    }
    return new BfdServer(server, about, api, warn);
  }

  /** One that leaves and is overdue, as it hangs, counts as having left. */
  get agent(): AgentPresence {
    const leave = [...this.agents.values()];
    if (leave.includes(undefined)) return 'present';
    if (leave.some((at) => at! > performance.now())) return 'leaves';
    return leave.length > 0 || this.hasLeft ? 'left' : 'absent';
  }

  /** Sends to every connected agent. */
  report(report: BfdReport): void {
    const line = jsonLine(report);
    for (const socket of this.connections) {
      socket.write(line);
      if (socket.writableLength > MOST_WAITING) socket.destroy();
    }
  }

  close(): void {
    clearInterval(this.beating);
    this.server.close();
    for (const socket of this.connections) socket.destroySoon(); // the last report still arrives
  }

  private accept(socket: Socket): void {
    const report = (report: BfdReport) => socket.write(jsonLine(report));
    this.connections.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      this.connections.delete(socket);
      this.hasLeft ||= this.agents.get(socket) !== undefined;
      this.agents.delete(socket);
    });
    report({ process: this.about, sessions: [...this.api.statuses] });
    const take = (value: object) => {
      const specs = specsIn(value);
      if (specs === 'invalid') {
        socket.destroy();
        this.refused('invalid sessions');
      }
      if (!specs || specs === 'invalid') return;
      const leaving = leavingIn(value);
      this.agents.set(socket, leaving === undefined ? undefined : performance.now() + leaving);
      this.hasLeft &&= leaving !== undefined;
      this.api.configure(specs, lingeringIn(value), upIn(value));
      report({ sessions: [...this.api.statuses], counters: this.api.counters });
    };
    onJsonLines(socket, take, (why) => this.refused(why));
  }

  /** Logged once: who sends such a thing may go on doing so. */
  private refused(why: string): void {
    if (!this.hasRefused)
      this.warn(`a client of the socket was disconnected, as it sent ${why}; later ones are not logged`);
    this.hasRefused = true;
  }
}
