import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import * as ffi from './ffi';

/** A lock file: held by us, held by somebody else, or unavailable. */
export type LockFile =
  | { readonly state: 'ours'; release(): void }
  | { readonly state: 'taken'; readonly pid?: number }
  | { readonly state: 'absent'; readonly why: string };

/** The holder may exit and delete the file between opening and locking it; repeatedly, that is no coincidence. */
const ATTEMPTS = 10;

/**
 * Locks a file until this process ends (flock), without waiting. Anyone who may open a file may lock it: so it is
 * accessible only to its owner, in a folder that only the owners in `trusted` can change.
 */
export function takeLockFile(folder: string, name: string, trusted: readonly number[]): LockFile {
  const path = join(folder, name);
  let why = `${path} changes all the time`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o755 });
      const { uid, mode } = lstatSync(folder);
      if (!trusted.includes(uid) || (mode & 0o022) !== 0)
        return { state: 'absent', why: `${folder} can be changed by others` };
      const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
      const locked = lockOpened(fd, path);
      if (locked) return locked;
    } catch (error) {
      why = (error as Error).message;
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') break;
    }
  }
  return { state: 'absent', why };
}

/** Undefined if the file is no longer the one at the path. The descriptor is kept or closed here. */
function lockOpened(fd: number, path: string): LockFile | undefined {
  if (ffi.lockFile(fd) < 0) {
    const pid = Number(readFileSync(fd, 'utf8'));
    closeSync(fd);
    return { state: 'taken', ...(Number.isInteger(pid) && pid > 0 && { pid }) };
  }
  if (statSync(path, { throwIfNoEntry: false })?.ino !== fstatSync(fd).ino) {
    closeSync(fd);
    return undefined;
  }
  ftruncateSync(fd);
  writeSync(fd, String(process.pid), 0);
  return {
    state: 'ours',
    release() {
      unlinkSync(path);
      closeSync(fd);
    },
  };
}
