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

/** The committed inputs of a target: a line of hexadecimal digits each, lines with # say what the next one is. */
export function readEntries(kind: Kind, target: string): Entry[] {
  const file = join(FOLDERS[kind], `${target}.txt`);
  if (!existsSync(file)) return [];
  const entries: Entry[] = [];
  let about = '';
  for (const line of readFileSync(file, 'utf8').split('\n'))
    if (line.startsWith('#')) about = line.slice(1).trim();
    else if (line !== '') {
      entries.push({ about, input: Uint8Array.from(Buffer.from(line === '-' ? '' : line, 'hex')) });
      about = '';
    }
  return entries;
}

export function writeEntries(kind: Kind, target: string, entries: readonly Entry[]): void {
  mkdirSync(FOLDERS[kind], { recursive: true });
  const lines = entries.map(
    ({ about, input }) => `${about === '' ? '' : `# ${about}\n`}${Buffer.from(input).toString('hex') || '-'}\n`,
  );
  writeFileSync(join(FOLDERS[kind], `${target}.txt`), lines.join(''));
}

/** The targets that have committed inputs. */
export const targetsIn = (kind: Kind): string[] =>
  existsSync(FOLDERS[kind]) ? readdirSync(FOLDERS[kind]).map((name) => name.replace(/\.txt$/, '')) : [];
