import { connect, type Socket } from 'node:net';
import { networkNamespace } from '../../kernel/system/network-namespace';
import { jsonLine, onJsonLines } from './json-lines';
import type { BfdCounters, BfdProcess, BfdReport, BfdSpec, BfdStatus } from './protocol';

/** Milliseconds between attempts to reach the process. */
const APART = 1_000;

/** Receives the process's reports. */
interface ClientPorts {
  told(status: BfdStatus): void;
  counted(counters: BfdCounters): void;
  /** The process is connected, with its state; or why it is not. Called on changes. */
  found(process: BfdProcess | string): void;
}

/**
 * The agent's end of the socket to the BFD process. The process keeps its sessions while the agent is away, and the
 * agent the last reports: neither takes the other's restart for a failure of a neighbour.
 */
export class BfdClient {
  private wanted: readonly BfdSpec[] | undefined;
  private lingering: readonly string[] = [];
  private socket: Socket | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;
  /** The process has identified itself as the one of this network namespace. */
  private isOurs = false;
  /** The last report on the process. */
  private said = '';

  constructor(
    private readonly path: string,
    private readonly ports: ClientPorts,
    private readonly network = networkNamespace(),
    private readonly apart = APART,
  ) {}

  /** Sets the sessions. Without any, the process is not needed. `lingering`: see protocol.ts. */
  want(specs: readonly BfdSpec[], lingering: readonly string[] = []): void {
    this.wanted = specs;
    this.lingering = lingering;
    if (this.isOurs) this.say();
    else this.dial();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.socket?.destroy();
  }

  private dial(): void {
    if (this.socket || this.isClosed) return;
    clearTimeout(this.timer);
    const socket = connect(this.path);
    this.socket = socket;
    let why = 'it closed the connection';
    socket.on('error', ({ message }) => {
      why = message;
    });
    socket.on('close', () => this.lost(why));
    onJsonLines(socket, (report) => this.take(report as BfdReport));
  }

  private lost(why: string): void {
    this.socket = undefined;
    this.isOurs = false;
    if (this.isClosed || this.wanted?.length === 0) return;
    this.note(why, why);
    this.timer = setTimeout(() => this.dial(), this.apart);
  }

  private take({ process, sessions = [], changed = [], counters }: BfdReport): void {
    if (process && process.network !== this.network) {
      this.socket?.destroy(new Error('it is in another network namespace'));
      return;
    }
    if (process) {
      this.note(JSON.stringify(process), process);
      this.isOurs = true;
      this.say();
    }
    for (const status of [...sessions, ...changed]) this.ports.told(status);
    if (counters) this.ports.counted(counters);
  }

  private say(): void {
    this.socket?.write(jsonLine({ sessions: this.wanted, lingering: this.lingering }));
  }

  private note(text: string, process: BfdProcess | string): void {
    if (this.said !== text) this.ports.found(process);
    this.said = text;
  }
}
