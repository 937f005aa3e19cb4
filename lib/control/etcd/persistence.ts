import { EtcdError } from './error';
import { pauseBefore } from './pause';

/** The number of failures after which pauses grow no more, at 1.6 s: somebody waits. */
const LAST_LONGER = 4;

/**
 * Repeats what must be idempotent while no member of etcd can do it, as while they elect a leader. Throws the last
 * error after this time, and any other at once.
 */
export async function persistently<T>(withinMs: number, work: () => Promise<T>): Promise<T> {
  const until = performance.now() + withinMs;
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EtcdError) || !error.isElsewhere || performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseBefore(Math.min(failures, LAST_LONGER))));
    }
  }
}
