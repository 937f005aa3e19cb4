import { warmUpSteps } from '../../bgp/warm-up';
import type { Family } from '../../bgp/wire/family';

/** Milliseconds of work and of rest in turn: neighbours and clients take precedence. */
const WORK = 4;
const REST = 1;

/**
 * Has the speaker's code compiled while there is little to do, for some seconds after the start; see {@link
 * warmUpSteps}. Ends early if `isNeeded` reports that real routes have done it. Calls `done` at the end.
 * Returns a function that stops it.
 */
export function warmUp(families: readonly Family[], isNeeded: () => boolean, done: () => void): () => void {
  const steps = warmUpSteps(families, (octets) => Buffer.from(octets.buffer, octets.byteOffset, octets.length));
  let timer = setTimeout(work, REST);
  function work(): void {
    const end = performance.now() + WORK;
    while (performance.now() < end) if (steps.next().done) return void done();
    if (!isNeeded()) return void done();
    timer = setTimeout(work, REST);
    timer.unref();
  }
  timer.unref();
  return () => clearTimeout(timer);
}
