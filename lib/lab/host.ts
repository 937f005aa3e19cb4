import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { type Tracked, track } from './process';

/** Output and exit status of a command. */
export interface Outcome {
  /** Exit code; 128 plus the signal number if killed by a signal, as in shells. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An internal command of the lab failed. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  constructor(
    readonly argv: readonly string[],
    readonly outcome: Outcome,
  ) {
    const said = (outcome.stderr || outcome.stdout).trim();
    super(`${argv.join(' ')} failed with exit code ${outcome.code}${said && `: ${said}`}`);
  }
}

/** How a command is started that waits until it is recorded. */
interface Held {
  readonly log: string;
  readonly cwd: string;
  readonly remember: (process: Tracked) => void;
}

/** Includes the folders of daemons and ip, which an ordinary user's PATH may not contain. */
export const SEARCH_PATH = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

/**
 * Runs commands where the lab's namespaces have names: on the machine itself as root, or in the lab's user namespace.
 * `enter` is the command prefix to get there.
 */
export class Host {
  constructor(private readonly enter: readonly string[] = []) {}

  /** Command line to run `argv` in a network namespace. */
  within(namespace: string, argv: readonly string[]): string[] {
    return [...this.enter, 'ip', 'netns', 'exec', namespace, ...argv];
  }

  /** Runs a command and returns its stdout. Throws {@link CommandFailed} if it fails. */
  async run(argv: readonly string[], input = ''): Promise<string> {
    const outcome = await this.attempt(argv, input);
    if (outcome.code !== 0) throw new CommandFailed(argv, outcome);
    return outcome.stdout;
  }

  /** Runs a command, and returns its result even if it fails. */
  attempt(argv: readonly string[], input = ''): Promise<Outcome> {
    const [command, ...rest] = [...this.enter, ...argv];
    return outcomeOf(
      command,
      spawn(command, rest, { stdio: 'pipe', env: { ...process.env, PATH: SEARCH_PATH } }),
      input,
    );
  }

  /** Runs lines of `ip -batch` in a namespace, in one process. */
  async batch(namespace: string, lines: readonly string[]): Promise<void> {
    const outcome = await this.attempt(['ip', '-netns', namespace, '-batch', '-'], `${lines.join('\n')}\n`);
    if (outcome.code === 0) return;
    const line = /Command failed -:(\d+)/.exec(outcome.stderr)?.[1];
    throw new CommandFailed(['ip', '-netns', namespace, line ? lines[Number(line) - 1] : '-batch'], outcome);
  }

  /** Starts a command that outlives this process; its output is appended to `log`. */
  start(argv: readonly string[], log: string): Promise<Tracked> {
    const child = this.detached(argv, log, '/', 'ignore');
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => {
        child.unref();
        resolve(track(child.pid!));
      });
    });
  }

  /**
   * The same in a folder, for a command that no namespace of the lab would find again: it does not run if this process
   * exits before `remember` has recorded it.
   */
  startHeld(argv: readonly string[], { log, cwd, remember }: Held): Promise<Tracked> {
    const child = this.detached(
      ['sh', '-c', 'read -r known || exit 1; exec "$@" < /dev/null', 'sh', ...argv],
      log,
      cwd,
      'pipe',
    );
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.stdin?.on('error', () => {}); // it was killed meanwhile
      child.once('spawn', () => {
        const process = track(child.pid!);
        remember(process);
        child.stdin?.end('known\n');
        child.unref();
        resolve(process);
      });
    });
  }

  private detached(argv: readonly string[], log: string, cwd: string, stdin: 'ignore' | 'pipe'): ChildProcess {
    const [command, ...rest] = [...this.enter, ...argv];
    const file = openSync(log, 'a');
    const env = { ...process.env, PATH: SEARCH_PATH };
    const child = spawn(command, rest, { detached: true, stdio: [stdin, file, file], env, cwd });
    closeSync(file);
    return child;
  }
}

function outcomeOf(command: string, child: ChildProcess, input: string): Promise<Outcome> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout!.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr!.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin!.on('error', () => {}); // it exited without reading all input; see its exit code
  child.stdin!.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(`${command} is not installed`) : error),
    );
    child.once('close', (code, signal) =>
      resolve({
        code: code ?? (signal === 'SIGKILL' ? 137 : signal === 'SIGINT' ? 130 : 143),
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      }),
    );
  });
}
