import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

/** Packets from one workload to another in one address family, since the report before. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly family: 4 | 6;
  readonly sent: number;
  readonly lost: number;
  /** How many came more than once. */
  readonly twice: number;
  /** The lost ones: numbers in a row, and when the last one before them was sent. */
  readonly runs: readonly { readonly first: number; readonly count: number; readonly after: string }[];
}

export interface Report {
  /**
   * Packets that the kernel has delivered and the receiver has had no room for: were there any, their numbers are among
   * the lost.
   */
  readonly late: number;
  readonly flows: readonly Flow[];
}

/** Whose workloads send: a lab, or machines of a test itself. */
interface Senders {
  membersOf(
    kind: 'workload',
  ): readonly (readonly [name: string, at: { readonly namespace: string; readonly addresses: readonly string[] }])[];
}

/** Numbered packets between the workloads of a lab, all to all, by a process of its own (packets.js). */
export class Stream {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private readonly input: Interface;
  private failure = '';

  /** `rate`: packets a second from each workload to each other one, shared by the address families. */
  constructor(senders: Senders, rate: number) {
    const workloads = Object.fromEntries(
      senders.membersOf('workload').map(([name, { namespace, addresses }]) => [name, { namespace, addresses }]),
    );
    this.child = spawn(process.execPath, [join(__dirname, 'packets.js'), JSON.stringify({ rate, workloads })], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stderr!.on('data', (chunk: Buffer) => {
      this.failure += chunk.toString('utf8');
    });
    this.input = createInterface({ input: this.child.stdout! });
    this.lines = this.input[Symbol.asyncIterator]();
  }

  /** From now on packets go between these workloads alone. Before the first call there are none. */
  async only(workloads: readonly string[]): Promise<void> {
    await this.ask(`only ${workloads.join(' ')}`);
  }

  async report(): Promise<Report> {
    return (await this.ask('report')) as Report;
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    this.child.stdin!.write('end\n');
    await ended;
  }

  private async ask(line: string): Promise<unknown> {
    this.child.stdin!.write(`${line}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`the packet stream ended: ${this.failure}`);
    return JSON.parse(value);
  }
}
