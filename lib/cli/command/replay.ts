import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { Replay, type ReplayDifference } from '../../bgp/replay';
import type { Input } from '../../bgp/speaker';
import { Problem } from '../../model/problem';
import { ownText, print } from '../terminal';
import { fileTrouble } from '../text-file';

/**
 * `peerform replay`: replays a recording with a fresh speaker. Exits with 1 if an effect differs or the file is not a
 * recording.
 */
export function register(program: Command): void {
  program
    .command('replay')
    .description('replay a recording made with `agent --record`, and check that every effect is the same')
    .argument('<file>', 'the recording')
    .action(async (file: string) => {
      const { text, isSame } = await replayFile(file).catch((error: NodeJS.ErrnoException) => {
        throw error.syscall === undefined ? error : fileTrouble(file, error);
      });
      print(ownText(text));
      if (!isSame) process.exitCode = 1;
    });
}

/** Result of a replay, for users. Rejects with the system's error if the file cannot be read. */
export async function replayFile(file: string): Promise<{ text: string; isSame: boolean }> {
  const replay = new Replay();
  let waiting: string | undefined;
  for await (const line of createInterface({
    input: createReadStream(file, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    const found = waiting === undefined ? undefined : replay.take(waiting);
    if (found instanceof Problem) return { text: `${file}: ${found}`, isSame: false };
    if (found) return { text: describeDifference(file, found), isSame: false };
    waiting = line;
  }
  // The last line may be incomplete if the recorded process was killed.
  const last = waiting === undefined ? undefined : replay.take(waiting);
  if (last && !(last instanceof Problem)) return { text: describeDifference(file, last), isSame: false };
  if (replay.inputs === 0) return { text: `${file}: ${last ?? 'it does not contain a run'}`, isSame: false };
  const cut = last ? '; the last line is truncated and was ignored' : '';
  const { inputs, effects, duration } = replay;
  return {
    text: `${file}: ${inputs} inputs over ${(duration / 1000).toFixed(1)} s, all ${effects} effects the same${cut}`,
    isSame: true,
  };
}

/** The first difference between a replay and its recording, in four lines. */
function describeDifference(file: string, { line, after, input, effect, expected, got }: ReplayDifference): string {
  const at = differsAt(expected ?? '', got ?? '');
  return [
    `${file}: line ${line}, ${(after / 1000).toFixed(3)} s after the start: effect ${effect} differs`,
    `  input     ${describeInput(input)}`,
    `  expected  ${excerpt(expected, at)}`,
    `  got       ${excerpt(got, at)}`,
  ].join('\n');
}

function describeInput(input: Input): string {
  const { kind, ...rest } = input;
  if (input.kind === 'bytes') return `bytes on connection ${input.connection}: ${input.bytes.length} octets`;
  if (input.kind === 'configure') return `configure ${input.sessions.length} sessions`;
  return excerpt(`${kind} ${JSON.stringify(rest)}`, 0);
}

const WIDTH = 160;

/** The part of a text around an offset. */
function excerpt(text: string | undefined, at: number): string {
  if (text === undefined) return '(nothing)';
  const start = text.length <= WIDTH ? 0 : Math.max(0, Math.min(at - WIDTH / 2, text.length - WIDTH));
  return `${start > 0 ? '…' : ''}${text.slice(start, start + WIDTH)}${start + WIDTH < text.length ? '…' : ''}`;
}

function differsAt(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}
