import { connect, type Socket } from 'node:net';
import { networkNamespace } from '../../kernel/system/network-namespace';
import { jsonLine, onJsonLines } from './json-lines';
import type { BfdCounters, BfdProcess, BfdReport, BfdSpec, BfdStatus } from './protocol';

/** Milliseconds until the process is looked for again. */
const APART = 1_000;

/** Who is told what the process says. */
interface ClientPorts {
  told(status: BfdStatus): void;
  counted(counters: BfdCounters): void;
  /** The process is there, and how it runs; or why it is not. Told when that changes. */
  found(process: BfdProcess | string): void;
}

/**
 * The agent's end of the socket to the BFD process. The process keeps its sessions while this end is away, and this end
 * what it was told last: neither takes the other's restart for a failure of a neighbour.
 */
export class BfdClient {
  private wanted: readonly BfdSpec[] | undefined;
  private lingering: readonly string[] = [];
  private socket: Socket | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;
  /** The process has said that it is the one of this network. */
  private isOurs = false;
  /** What was said of the process last. */
  private said = '';

  constructor(
    private readonly path: string,
    private readonly ports: ClientPorts,
    private readonly network = networkNamespace(),
    private readonly apart = APART,
  ) {}

  /**
   * These are the sessions from now on. Where there are none, nobody needs the process. `lingering`: see protocol.ts.
   */
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
