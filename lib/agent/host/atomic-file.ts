import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file so that after a crash at any time it has either the old or the complete new content. Mode 0600. Throws
 * the system's error if writing fails, leaving the old content. Without `isDurable` the file may be damaged after a
 * crash of the machine, which saves waiting for the disk.
 */
export function writeAtomically(path: string, content: string | Uint8Array, { isDurable = true } = {}): void {
  const temporary = `${path}.new`;
  try {
    const file = openSync(temporary, 'w', 0o600);
    try {
      writeFileSync(file, content); // continues after a short write
      if (isDurable) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true }); // a partial file would only use space
    throw error;
  }
  if (isDurable) sync(dirname(path)); // makes the rename itself durable
}

function sync(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
