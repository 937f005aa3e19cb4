import { type ChildProcess, spawn } from 'node:child_process';

/** Packets to an address from a namespace, a hundred a second, each answered. */
export class Pings {
  private readonly child: ChildProcess;
  private text = '';
  private readonly ended: Promise<unknown>;

  constructor(namespace: string, to: string) {
    this.child = spawn('ip', ['netns', 'exec', namespace, 'ping', '-n', '-i', '0.01', to], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
    this.child.stdout!.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
    });
  }

  /** How many were answered until now. */
  get answered(): number {
    return this.numbers.length;
  }

  /** The numbers of those that were answered. */
  private get numbers(): number[] {
    return [...this.text.matchAll(/icmp_seq=(\d+) ttl/g)].map(([, number]) => Number(number));
  }

  /** Resolves when so many more were answered. */
  async more(count: number): Promise<void> {
    const from = this.answered;
    for (const deadline = performance.now() + 20_000; this.answered < from + count; ) {
      if (performance.now() > deadline) throw new Error(`${count} answers did not come: ${this.text.slice(-200)}`);
      if (this.child.exitCode !== null) throw new Error(`ping ended: ${this.text}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends them; how many were lost between the first and the last that were answered. */
  async end(): Promise<number> {
    this.child.kill('SIGINT');
    await this.ended;
    return this.lost;
  }

  /** How many were lost until now between the first and the last that were answered. */
  get lost(): number {
    const { numbers } = this;
    return Math.max(...numbers) - Math.min(...numbers) + 1 - new Set(numbers).size;
  }
}
