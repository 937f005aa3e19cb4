import { KernelError } from './error';
import * as ffi from './ffi';

/** SCHED_RR; what the process starts, threads among it, is scheduled as usual (SCHED_RESET_ON_FORK). */
const ROUND_ROBIN = 2 | 0x40000000;

/**
 * The priority that the service's unit allows (LimitRTPRIO): above all that is not real-time, and below what the
 * kernel's own threads may have.
 */
export const REAL_TIME_PRIORITY = 10;

/** Has this thread run before all that is not real-time; says why where that is not permitted. */
export function runInRealTime(): KernelError | undefined {
  const unloaded = ffi.loadSystem();
  if (unloaded) return unloaded;
  const result = ffi.setScheduler(ROUND_ROBIN, new Uint8Array(Int32Array.of(REAL_TIME_PRIORITY).buffer));
  return result < 0 ? KernelError.of('set real-time scheduling', result) : undefined;
}
