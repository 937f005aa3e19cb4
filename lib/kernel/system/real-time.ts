import { KernelError } from './error';
import * as ffi from './ffi';

/** SCHED_RR; children and new threads are scheduled normally (SCHED_RESET_ON_FORK). */
const ROUND_ROBIN = 2 | 0x40000000;

/**
 * The priority that the service's unit allows (LimitRTPRIO): above everything that is not real-time, and below the
 * kernel's own threads.
 */
export const REAL_TIME_PRIORITY = 10;

/** Gives this thread real-time priority; returns why if that is not permitted. */
export function runInRealTime(): KernelError | undefined {
  const unloaded = ffi.loadSystem();
  if (unloaded) return unloaded;
  const result = ffi.setScheduler(ROUND_ROBIN, new Uint8Array(Int32Array.of(REAL_TIME_PRIORITY).buffer));
  return result < 0 ? KernelError.of('set real-time scheduling', result) : undefined;
}
