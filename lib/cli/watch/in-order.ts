/** Milliseconds that an event is held back, because an earlier one of another node may still arrive. */
const HOLD_MS = 500;
/** Milliseconds that sources which have replayed their history wait for the others. */
const PATIENCE_MS = 5_000;

/** Emitted by a source after it has replayed its history; later items are new. */
export const CAUGHT_UP = Symbol('caught up');

interface Timing {
  readonly holdMs: number;
  readonly patienceMs: number;
}

/**
 * Merges several sources in order of time, as far as possible without much delay: nothing is emitted before all have
 * replayed their history or timed out. Ends when all have ended; if one fails, what is held back is emitted first.
 */
export async function* inOrder<T extends { readonly time: string }>(
  sources: readonly AsyncIterable<T | typeof CAUGHT_UP>[],
  { holdMs, patienceMs }: Timing = { holdMs: HOLD_MS, patienceMs: PATIENCE_MS },
): AsyncGenerator<T> {
  const held: { readonly item: T; readonly due: number }[] = [];
  const begun = performance.now();
  const behind = new Set(sources);
  const running = new Set(sources);
  let wake = () => {};
  let failure: { readonly error: unknown } | undefined;
  const read = async (source: (typeof sources)[number]) => {
    try {
      for await (const item of source) {
        if (item === CAUGHT_UP) behind.delete(source);
        else held.push({ item, due: performance.now() + holdMs });
        wake();
      }
    } catch (error) {
      failure ??= { error };
    }
    behind.delete(source);
    running.delete(source);
    wake();
  };
  for (const source of sources) void read(source);
  for (;;) {
    const isOver = failure !== undefined || running.size === 0;
    const now = performance.now();
    const isWaiting = behind.size > 0 && now - begun < patienceMs;
    // stable sort: items of one node keep their order
    held.sort((a, b) => (a.item.time < b.item.time ? -1 : a.item.time > b.item.time ? 1 : 0));
    // What is due takes with it what is before it: a node whose events are always earlier holds back those of no other.
    const due = isOver ? held.length : isWaiting ? 0 : held.findLastIndex((one) => one.due <= now) + 1;
    for (const { item } of held.splice(0, due)) yield item;
    if (failure) throw failure.error;
    if (isOver && held.length === 0) return;
    const next = isWaiting ? begun + patienceMs : held.reduce((least, one) => Math.min(least, one.due), Infinity);
    await new Promise<void>((resolve) => {
      const timer = next === Infinity ? undefined : setTimeout(resolve, Math.max(1, next - performance.now()));
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
