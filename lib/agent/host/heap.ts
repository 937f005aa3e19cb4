import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { returnFreed, shareHeaps } from '../../kernel/system/ffi';

/** Milliseconds of which at most a tenth was work: there is nothing to do. */
const IDLE_MS = 1_000;
const IDLE = 0.1;
/** Milliseconds that the engine's own threads take to free what a collection has found. */
const FREED = 1_000;

/**
 * Keeps the space for new objects at its first size, a megabyte: what an agent allocates is short-lived, and routes are
 * in typed arrays, so with more it is not faster, and takes 15 MB more. And keeps the engine's threads, which compile,
 * from a heap of the C library for each, another 7 MB. To be called before they have one.
 */
export function keepHeapsSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  shareHeaps();
}

/**
 * Returns to the system what was needed only once, as soon as there is nothing to do: to collect everything stops the
 * event loop for some 30 ms.
 */
export function shrinkHeapWhenIdle(): void {
  let before = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > IDLE) return;
    clearInterval(timer);
    shrinkHeap();
  }, IDLE_MS);
  timer.unref();
}

function shrinkHeap(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc'); // an engine with other flags does not accept the code cache
  collect();
  setTimeout(returnFreed, FREED).unref();
}
