import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file so that after a crash at any moment either the old content or the whole new one is there. Mode 0600.
 * Throws the system's error where it cannot be written; the old content stands then. Not `isDurable`: after a crash of
 * the machine the file may be damaged, which saves the wait for the disk.
 */
export function writeAtomically(path: string, text: string, { isDurable = true } = {}): void {
  const temporary = `${path}.new`;
  try {
    const file = openSync(temporary, 'w', 0o600);
    try {
      writeFileSync(file, text); // writes on where the system took a part
      if (isDurable) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true }); // half a file would only take room
    throw error;
  }
  if (isDurable) sync(dirname(path)); // the rename itself must survive, too
}

function sync(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
