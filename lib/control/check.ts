import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describeUndone, undo } from './undo';

/** A user-defined check between a wave and what follows. */
interface Check {
  /** A shell command. */
  readonly command: string;
  /** Time limit in seconds. Default: none. */
  readonly within?: number;
  /** The app's folder, relative to the working directory; relative paths in the command start there. */
  readonly folder?: string;
  /** The release that is rolled back if it fails. */
  readonly release: string;
  readonly activation: number;
  /** Endpoints of agents of the fabric, of which at least one must respond. */
  readonly endpoints: readonly string[];
}

/** Exit codes besides the command's own, as used by `timeout` and shells. */
const LATE = 124;
const INTERRUPTED = 130;
/** Milliseconds a command has to exit after SIGTERM. */
const GRACE_MS = 2_000;

/**
 * Reads a check from the environment: PEERFORM_CHECK, PEERFORM_WITHIN, PEERFORM_FOLDER, PEERFORM_RELEASE,
 * PEERFORM_ACTIVATION, and PEERFORM_ENDPOINTS (several, separated by blanks) or PEERFORM_ENDPOINT. Otherwise returns
 * what is missing.
 */
export function readCheck(environment: NodeJS.ProcessEnv, command = environment.PEERFORM_CHECK): Check | string {
  const { PEERFORM_WITHIN, PEERFORM_FOLDER, PEERFORM_RELEASE, PEERFORM_ACTIVATION } = environment;
  const endpoints = (environment.PEERFORM_ENDPOINTS ?? environment.PEERFORM_ENDPOINT ?? '').split(' ').filter(Boolean);
  const within = PEERFORM_WITHIN === undefined ? undefined : Number(PEERFORM_WITHIN);
  const activation = Number(PEERFORM_ACTIVATION);
  if (!command) return 'no check to run: pass a command after --, or set PEERFORM_CHECK';
  if (within !== undefined && !(within > 0)) return `${PEERFORM_WITHIN} is not a valid time: give a number of seconds`;
  if (!PEERFORM_RELEASE || !Number.isInteger(activation) || activation < 1)
    return 'the release on trial is not known: set PEERFORM_RELEASE and PEERFORM_ACTIVATION to release and activation of peerform_fabric';
  if (endpoints.length === 0) return 'no agent given: set PEERFORM_ENDPOINT to the endpoint of a node';
  const folder = PEERFORM_FOLDER === undefined ? {} : { folder: PEERFORM_FOLDER };
  return {
    command,
    ...(within !== undefined && { within }),
    ...folder,
    release: PEERFORM_RELEASE,
    activation,
    endpoints,
  };
}

/**
 * Runs a check; if it fails, times out or is interrupted, the activation on trial is rolled back at once on every node
 * that has not confirmed it, which is reported through `say`. `interrupted` resolves when the caller no longer waits
 * for the check. Returns the exit code.
 */
export async function runCheck(
  check: Check,
  say: (line: string) => void,
  interrupted: Promise<unknown>,
): Promise<number> {
  const ended = await outcomeOf(check, interrupted);
  if (ended.code === 0) return 0;
  const { release, activation, endpoints } = check;
  const told = await undo(endpoints, { release, activation }, `a check of the deploy failed: ${ended.why}`).then(
    describeUndone,
    ({ message }: Error) => [
      `no agent could be asked to roll back; nodes roll back by themselves when no confirmation arrives: ${message}`,
    ],
  );
  // Last, as the reader may be gone.
  for (const text of [`the check failed: ${ended.why}`, ...told]) say(text);
  return ended.code;
}

/** Joins the words of a command line into one command for sh; a single word is used as it is. */
export const commandOf = (words: readonly string[]): string | undefined =>
  words.length < 2 ? words[0] : words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');

interface Ended {
  readonly code: number;
  readonly why: string;
}

async function outcomeOf({ command, within, folder }: Check, interrupted: Promise<unknown>): Promise<Ended> {
  const child = spawn('sh', ['-c', command], {
    cwd: placeOf(command, folder),
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true, // a process group, so that its children are killed with it
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Ended>((done) => {
    if (within !== undefined)
      timer = setTimeout(() => done({ code: LATE, why: `it did not finish within ${within} s` }), within * 1000);
  });
  const over = new Promise<Ended>((done) => {
    child.on('error', ({ message }) => done({ code: 1, why: message }));
    child.on('exit', (code, signal) =>
      done({ code: code ?? 1, why: code === null ? `it was killed by ${signal}` : `it exited with ${code}` }),
    );
  });
  const ended = await Promise.race([
    over,
    late,
    interrupted.then((): Ended => ({ code: INTERRUPTED, why: 'it was interrupted' })),
  ]);
  clearTimeout(timer);
  if (child.exitCode === null && child.signalCode === null) await endGroup(child, over);
  return ended;
}

async function endGroup(child: ChildProcess, over: Promise<unknown>): Promise<void> {
  const tell = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It has exited.
    }
  };
  tell('SIGTERM');
  const timer = setTimeout(() => tell('SIGKILL'), GRACE_MS);
  await over;
  clearTimeout(timer);
}

/**
 * The working directory of a command: the app's folder, to which relative paths refer. A command that names a file
 * missing there and present in this folder (the stack's, where earlier versions ran commands) runs here.
 */
function placeOf(command: string, folder: string | undefined): string {
  const here = process.cwd();
  const app = folder === undefined ? here : resolve(folder);
  if (!existsSync(app)) return here;
  const files = command.split(/[\s;|&<>()'"]+/).filter((word) => /^\.{1,2}\//.test(word));
  const isOfStack = files.some((word) => !existsSync(join(app, word)) && existsSync(join(here, word)));
  return isOfStack ? here : app;
}
