import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An input with what is said of it in the line before. */
export interface Entry {
  readonly about: string;
  readonly input: Uint8Array;
}

const FOLDERS = { corpus: join(__dirname, 'corpus'), found: join(__dirname, 'found') } as const;

/** `corpus`: one input for each thing that came about, small ones; `found`: what once went wrong, for good. */
export type Kind = keyof typeof FOLDERS;

/**
 * The committed inputs of a target, a line of hexadecimal digits each: `0609*3` is 060906090609, blanks part, `-` is
 * nothing. Lines with # say what the next one is.
 */
export function readEntries(kind: Kind, target: string): Entry[] {
  const file = join(FOLDERS[kind], `${target}.txt`);
  if (!existsSync(file)) return [];
  const entries: Entry[] = [];
  let about = '';
  for (const line of readFileSync(file, 'utf8').split('\n'))
    if (line.startsWith('#')) about = line.slice(1).trim();
    else if (line !== '') {
      entries.push({ about, input: readInput(line) });
      about = '';
    }
  return entries;
}

export function writeEntries(kind: Kind, target: string, entries: readonly Entry[]): void {
  mkdirSync(FOLDERS[kind], { recursive: true });
  const lines = entries.map(({ about, input }) => `${about === '' ? '' : `# ${about}\n`}${writeInput(input)}\n`);
  writeFileSync(join(FOLDERS[kind], `${target}.txt`), lines.join(''));
}

/** The targets that have committed inputs. */
export const targetsIn = (kind: Kind): string[] =>
  existsSync(FOLDERS[kind]) ? readdirSync(FOLDERS[kind]).map((name) => name.replace(/\.txt$/, '')) : [];

function readInput(line: string): Uint8Array {
  const parts = line === '-' ? [] : line.split(' ').map((part) => part.split('*'));
  return Uint8Array.from(
    Buffer.from(parts.map(([digits, times = '1']) => digits.repeat(Number(times))).join(''), 'hex'),
  );
}

/** Octets that a piece must save to be written as a repetition. */
const WORTH = 100;

function writeInput(input: Uint8Array): string {
  const parts: string[] = [];
  const hex = (from: number, end: number) => Buffer.from(input.subarray(from, end)).toString('hex');
  let plain = 0;
  for (let at = 0; at < input.length; ) {
    const { size, times } = repetitionAt(input, at);
    if (size * (times - 1) < WORTH) {
      at++;
      continue;
    }
    if (at > plain) parts.push(hex(plain, at));
    parts.push(`${hex(at, at + size)}*${times}`);
    plain = at += size * times;
  }
  if (plain < input.length) parts.push(hex(plain, input.length));
  return parts.join(' ') || '-';
}

/** The piece that comes again and again from here on, and how often: the shortest that pays. */
function repetitionAt(input: Uint8Array, at: number): { size: number; times: number } {
  for (let size = 1; size <= 1024 && at + 2 * size <= input.length; size++) {
    let end = at + size;
    while (end < input.length && input[end] === input[end - size]) end++;
    const times = Math.floor((end - at) / size);
    if (size * (times - 1) >= WORTH) return { size, times };
  }
  return { size: 1, times: 1 };
}
