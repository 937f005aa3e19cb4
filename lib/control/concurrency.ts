/** Continues in another turn of the event loop, so that other pending work runs first. */
export const yieldTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Milliseconds of work before yielding. */
const STRETCH = 10;

/**
 * Collects items that take long in total, such as those of thousands of sessions, yielding to the event loop in
 * between.
 */
export async function gathered<T>(items: Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  let since = performance.now();
  for (const item of items) {
    all.push(item);
    if (performance.now() - since < STRETCH) continue;
    await yieldTurn();
    since = performance.now();
  }
  return all;
}

/** Visits all items, `atOnce` at a time; returns those that failed, and why. */
export async function concurrently<T>(
  items: Iterable<T>,
  atOnce: number,
  visit: (item: T) => Promise<unknown>,
): Promise<Map<T, Error>> {
  const failed = new Map<T, Error>();
  const all = [...items];
  const rest = all.values(); // shared: each item is taken once
  const worker = async () => {
    for (const item of rest)
      await visit(item).catch((failure: unknown) => {
        failed.set(item, failure instanceof Error ? failure : new Error(String(failure)));
      });
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker));
  return failed;
}
