import { connect, type Socket } from 'node:net';
import { networkNamespace } from '../../kernel/system/network-namespace';
import { jsonLine, onJsonLines } from './json-lines';
import { type BfdCounters, type BfdProcess, type BfdReport, type BfdSpec, type BfdStatus, HEARTBEAT } from './protocol';

/** Milliseconds between attempts to reach the process. */
const APART = 1_000;
/**
 * Heartbeats that may be missing. They are counted by ticks of this process: however long it stands still, that is one
 * tick, after which it reads what has arrived meanwhile. So its own hang never looks like one of the BFD process.
 */
const MOST_MISSING = 3;

/** Receives the process's reports. */
interface ClientPorts {
  told(status: BfdStatus): void;
  counted(counters: BfdCounters): void;
  /** The process responds, with its state; or why it does not. Called on changes. */
  found(process: BfdProcess | string): void;
  /** The process is about to end permanently. */
  left(): void;
  /** Keys of the sessions that were Up when last reported. */
  up(): readonly string[];
}

/**
 * The agent's end of the socket to the BFD process. While the agent is away the process keeps its sessions, and while
 * the process is away the agent keeps its last reports: neither takes the other's restart for a failure of a neighbour.
 */
export class BfdClient {
  private wanted: readonly BfdSpec[] | undefined;
  private lingering: readonly string[] = [];
  private leaving: number | undefined;
  private socket: Socket | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;
  /** The process, if it has identified itself as the one of this network namespace. */
  private ours: BfdProcess | undefined;
  private ticking: NodeJS.Timeout | undefined;
  /** Ticks since something was received. */
  private silent = 0;
  /** The last report on the process. */
  private said = '';
  /** Requests that it has not answered: its counters are those of the sessions that were wanted before. */
  private unanswered = 0;

  constructor(
    private readonly path: string,
    private readonly ports: ClientPorts,
    private readonly network = networkNamespace(),
    private readonly apart = APART,
    private readonly heartbeat = HEARTBEAT,
  ) {}

  /** Sets the sessions. Without any, the process is not needed. `lingering`: see protocol.ts. */
  want(specs: readonly BfdSpec[], lingering: readonly string[] = []): void {
    this.wanted = specs;
    this.lingering = lingering;
    if (this.ours) this.say();
    else this.dial();
  }

  /** The agent ends permanently, and disconnects in so many milliseconds at most: see protocol.ts. */
  leave(within: number): void {
    this.leaving = within;
    if (this.ours) this.say();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    clearInterval(this.ticking);
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
    this.listen(this.heartbeat);
  }

  /** Expects something at least once in so many milliseconds. */
  private listen(heartbeat: number): void {
    clearInterval(this.ticking);
    this.silent = 0;
    this.ticking = setInterval(() => {
      this.silent++;
      // One of an earlier version sends no heartbeats, but identifies itself at once.
      const isExpected = !this.ours || this.ours.heartbeat !== undefined;
      const isNeeded = this.wanted === undefined || this.wanted.length > 0;
      if (isExpected && isNeeded && this.silent > MOST_MISSING) this.note(HANGS, HANGS);
    }, heartbeat);
  }

  private lost(why: string): void {
    clearInterval(this.ticking);
    this.socket = undefined;
    this.ours = undefined;
    this.unanswered = 0;
    if (this.isClosed) return;
    if (this.wanted?.length === 0) {
      this.ports.counted({ sessions: {}, discarded: {} }); // nor does any linger
      return;
    }
    this.note(why, why);
    this.timer = setTimeout(() => this.dial(), this.apart);
  }

  private take({ process, sessions, changed = [], counters, leaves }: BfdReport): void {
    this.silent = 0;
    if (sessions && !process) this.unanswered = Math.max(0, this.unanswered - 1);
    if (process && process.network !== this.network) {
      this.socket?.destroy(new Error('it is in another network namespace'));
      return;
    }
    if (process) {
      this.ours = process;
      if (process.heartbeat !== undefined) this.listen(process.heartbeat);
    }
    if (this.ours && this.note(JSON.stringify(this.ours), this.ours)) this.say();
    else if (process) this.say();
    for (const status of [...(sessions ?? []), ...changed]) this.ports.told(status);
    if (counters && this.unanswered === 0) this.ports.counted(counters);
    if (leaves) this.ports.left();
  }

  private say(): void {
    const { wanted: sessions, lingering, leaving } = this;
    this.unanswered++;
    this.socket?.write(jsonLine({ sessions, lingering, up: this.ports.up(), leaving }));
  }

  /** Returns whether that is new. */
  private note(text: string, process: BfdProcess | string): boolean {
    const isNew = this.said !== text;
    this.said = text;
    if (isNew) this.ports.found(process);
    return isNew;
  }
}

/** Of a process that is connected, or accepts connections, and sends nothing. */
export const HANGS = 'it hangs: it is running, and sends nothing';
