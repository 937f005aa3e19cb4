import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Order, Report } from './orders';

/** The process that plays neighbours, seen from the bench. */
export class Traffic {
  private readonly child: ChildProcess;
  private readonly reports: Report[] = [];
  private wake = () => {};
  private problem: string | undefined;

  /** `command` is put before the process's own command line. */
  constructor(command: (argv: readonly string[]) => string[], program: string) {
    const [file, ...rest] = command([process.execPath, '--max-semi-space-size=64', program]);
    this.child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.take(JSON.parse(line) as Report));
    this.child.on('exit', (code) => this.fail(`the traffic process ended with ${code}`));
    this.child.stdin?.on('error', () => {}); // told by `exit`
  }

  get pid(): number {
    return this.child.pid!;
  }

  order(order: Order): void {
    this.child.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  /**
   * The next report of a kind; others are passed over. `isAlive` is asked now and then, and throws where there is no
   * point in waiting.
   */
  async wait<R extends Report['report']>(
    kind: R,
    seconds: number,
    isAlive = () => {},
  ): Promise<Extract<Report, { report: R }>> {
    for (const end = Date.now() + seconds * 1000; ; ) {
      for (let report = this.reports.shift(); report; report = this.reports.shift())
        if (report.report === kind) return report as Extract<Report, { report: R }>;
      if (this.problem !== undefined) throw new Error(this.problem);
      if (Date.now() > end) throw new Error(`not ${kind} within ${Math.round(seconds)} s`);
      isAlive();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async end(): Promise<void> {
    this.child.removeAllListeners('exit');
    this.child.stdin?.end();
    if (this.child.exitCode === null) await new Promise((resolve) => this.child.once('exit', resolve));
  }

  private take(report: Report): void {
    if (report.report === 'failed') this.fail(`neighbour ${report.id}: ${report.reason}`);
    else {
      this.reports.push(report);
      this.wake();
    }
  }

  private fail(problem: string): void {
    this.problem ??= problem;
    this.wake();
  }
}
