import { closeSync, constants, fstatSync, openSync } from 'node:fs';

/** Milliseconds between two looks. */
const LOOK_EVERY = 500;

/**
 * Calls `closed` when nobody reads any more from the pipe that `fd` writes to, also while nothing is written: a write
 * would tell, but there may be nothing to write for hours. It keeps no process alive, and does nothing where `fd` is no
 * pipe or this machine has no way to watch it. To open a pipe without a reader is an error (fifo(7)), so that it needs
 * no handle which a process that ends would have to close.
 */
export function onPipeClosed(fd: number, closed: () => void): void {
  if (process.platform !== 'linux' || !fstatSync(fd).isFIFO()) return;
  const timer = setInterval(look, LOOK_EVERY);
  timer.unref();
  look();
  function look(): void {
    try {
      // A description of its own, which is gone again at once: others may share that of `fd`.
      closeSync(openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK));
    } catch (error) {
      clearInterval(timer);
      if ((error as NodeJS.ErrnoException).code === 'ENXIO') closed();
    }
  }
}
