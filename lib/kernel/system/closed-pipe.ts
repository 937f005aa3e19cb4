import { constants, fstatSync, openSync } from 'node:fs';
import { loadSystem, pollReadable } from './ffi';

/**
 * Calls `closed` when nobody reads any more from the pipe that `fd` writes to, also while nothing is written: a write
 * would tell, but there may be nothing to write for hours. It keeps no process alive, and does nothing where `fd` is no
 * pipe or this machine has no way to watch it.
 */
export function onPipeClosed(fd: number, closed: () => void): void {
  if (process.platform !== 'linux' || !fstatSync(fd).isFIFO() || loadSystem()) return;
  let own: number;
  try {
    // A description of its own: to watch one makes it non-blocking, and others may share that of `fd`.
    own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') closed();
    return;
  }
  let isOver = false;
  const poll = pollReadable(own, (isLost) => {
    if (!isLost || isOver) return;
    isOver = true;
    poll.close();
    closed();
  });
  poll.unref();
}
