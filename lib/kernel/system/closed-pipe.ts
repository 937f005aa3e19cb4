import { closeSync, constants, fstatSync, openSync } from 'node:fs';

/** Milliseconds between checks. */
const LOOK_EVERY = 500;

/**
 * Calls `closed` when the read end of the pipe `fd` is closed, even while nothing is written: a write would fail, but
 * there may be nothing to write for hours. Does not keep the process alive, and does nothing if `fd` is not a pipe or
 * this machine cannot watch it. Opening a pipe without a reader is an error (fifo(7)), so no handle stays open that an
 * exiting process would have to close.
 */
export function onPipeClosed(fd: number, closed: () => void): void {
  if (process.platform !== 'linux' || !fstatSync(fd).isFIFO()) return;
  const timer = setInterval(look, LOOK_EVERY);
  timer.unref();
  look();
  function look(): void {
    try {
      // Opens a new description and closes it at once: others may share that of `fd`.
      closeSync(openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK));
    } catch (error) {
      clearInterval(timer);
      if ((error as NodeJS.ErrnoException).code === 'ENXIO') closed();
    }
  }
}
