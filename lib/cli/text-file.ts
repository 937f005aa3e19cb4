import { readFileSync, writeFileSync } from 'node:fs';
import { explainFile } from '../control/system-error';
import { CommandError } from './exit-codes';

/** Why a file cannot be read, or written if other reasons are given, for users. */
export const fileTrouble = (path: string, error: NodeJS.ErrnoException, more?: Record<string, string>): CommandError =>
  new CommandError('usage', `${path}: ${explainFile(error, more)}`);

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
    throw fileTrouble(path, error as NodeJS.ErrnoException, { ENOENT: 'there is no folder for it' });
  }
}
