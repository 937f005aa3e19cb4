import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describeUndone, undo } from './undo';

/** A team's own check between a wave and what follows. */
interface Check {
  /** For sh. */
  readonly command: string;
  /** Seconds that it may take; absent: as long as it likes. */
  readonly within?: number;
  /** The app's folder, from here, where relative paths of the command begin. */
  readonly folder?: string;
  /** What is undone where it fails. */
  readonly release: string;
  readonly activation: number;
  /** Some agents of the fabric, of which one must answer. */
  readonly endpoints: readonly string[];
}

/** Exit codes beside the command's own, as of `timeout` and of a shell. */
const LATE = 124;
const INTERRUPTED = 130;
/** Milliseconds that a command may take to exit after SIGTERM. */
const GRACE_MS = 2_000;

/**
 * Reads a check out of the environment: PEERFORM_CHECK, PEERFORM_WITHIN, PEERFORM_FOLDER, PEERFORM_RELEASE,
 * PEERFORM_ACTIVATION, and PEERFORM_ENDPOINTS (several, with blanks between) or PEERFORM_ENDPOINT. Returns what is
 * missing instead where something is.
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
 * Runs a check; where it fails, takes too long or is interrupted, what is on trial is undone at once on every node that
 * has not confirmed it, and `say` tells so. `interrupted` resolves when nobody waits for the check any more. Returns
 * the exit code.
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
      `nothing could be rolled back; nodes roll back by themselves when no confirmation arrives: ${message}`,
    ],
  );
  // Last, as nobody may be there to read it.
  for (const text of [`the check failed: ${ended.why}`, ...told]) say(text);
  return ended.code;
}

/** Words of a command line as one command for sh; one word alone is a command already. */
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
    detached: true, // a process group: what it has started ends with it
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
      // It has ended.
    }
  };
  tell('SIGTERM');
  const timer = setTimeout(() => tell('SIGKILL'), GRACE_MS);
  await over;
  clearTimeout(timer);
}

/**
 * Where a command runs: in the app's folder, from which relative paths are written. What names a file that is not there
 * and is in this folder (that of the stack, where commands of earlier versions ran) runs here.
 */
function placeOf(command: string, folder: string | undefined): string {
  const here = process.cwd();
  const app = folder === undefined ? here : resolve(folder);
  if (!existsSync(app)) return here;
  const files = command.split(/[\s;|&<>()'"]+/).filter((word) => /^\.{1,2}\//.test(word));
  const isOfStack = files.some((word) => !existsSync(join(app, word)) && existsSync(join(here, word)));
  return isOfStack ? here : app;
}
