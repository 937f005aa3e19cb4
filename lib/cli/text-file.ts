import { readFileSync, writeFileSync } from 'node:fs';
import { CommandError } from './exit-codes';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder, not a file',
  EACCES: 'permission denied',
};

/** Why a file cannot be read, or written if other reasons are given, for users. */
export const fileTrouble = (path: string, error: NodeJS.ErrnoException, reasons = REASONS): CommandError =>
  new CommandError('usage', `${path}: ${reasons[error.code ?? ''] ?? error.message}`);

/** Reads a file named on the command line; `-` is standard input. Throws {@link CommandError}. */
export function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw fileTrouble(path, error as NodeJS.ErrnoException);
  }
}

/** Writes a file named on the command line. Throws {@link CommandError}. */
export function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw fileTrouble(path, error as NodeJS.ErrnoException, { ...REASONS, ENOENT: 'there is no folder for it' });
  }
}
