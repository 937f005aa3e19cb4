/** Continues in another turn of the event loop, so that everything else that waits is served in between. */
export const yieldTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Milliseconds of work before others have their turn. */
const STRETCH = 10;

/**
 * Collects items that take long in all, as those of thousands of sessions do, and lets others have their turns in
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

/** Visits all items, `atOnce` at a time; returns those where it failed, and why. */
export async function concurrently<T>(
  items: Iterable<T>,
  atOnce: number,
  visit: (item: T) => Promise<unknown>,
): Promise<Map<T, Error>> {
  const failed = new Map<T, Error>();
  const all = [...items];
  const rest = all.values(); // shared: each item is taken by one
  const worker = async () => {
    for (const item of rest)
      await visit(item).catch((failure: unknown) => {
        failed.set(item, failure instanceof Error ? failure : new Error(String(failure)));
      });
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker));
  return failed;
}
