import { performance } from 'node:perf_hooks';
import { warmUpSteps } from '../../bgp/warm-up';
import type { Family } from '../../bgp/wire/family';

/** Milliseconds of work and of rest in turn: neighbours and clients take precedence. */
const WORK = 4;
const REST = 1;
/** Milliseconds of rest for each that others had the processors: on a busy machine they take precedence, too. */
const YIELD = 4;

/**
 * Has the speaker's code compiled while there is little to do, for some seconds after the start; see {@link
 * warmUpSteps}. Ends early if `isNeeded` reports that real routes have done it. Calls `done` at the end.
 * Returns a function that stops it.
 */
export function warmUp(families: readonly Family[], isNeeded: () => boolean, done: () => void): () => void {
  const steps = warmUpSteps(families, (octets) => Buffer.from(octets.buffer, octets.byteOffset, octets.length));
  let timer = setTimeout(work, REST);
  function work(): void {
    const begun = performance.now();
    const used = process.cpuUsage();
    while (performance.now() < begun + WORK) if (steps.next().done) return void done();
    if (!isNeeded()) return void done();
    const { user, system } = process.cpuUsage(used);
    timer = setTimeout(work, restAfter(performance.now() - begun, (user + system) / 1000));
    timer.unref();
  }
  timer.unref();
  return () => clearTimeout(timer);
}

/** Milliseconds of rest after work that took so long, and so much processor time. */
export const restAfter = (took: number, used: number): number => REST + YIELD * Math.max(0, took - used);
