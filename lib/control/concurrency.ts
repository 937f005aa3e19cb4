/** What follows has a turn of the event loop of its own: everything else that waits for one is served in between. */
export const yieldTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Milliseconds of one thing after another before others have their turn. */
const STRETCH = 10;

/**
 * All of what takes long to make one after another, as it is for thousands of sessions: others have their turns in
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

/** Visits all items, `atOnce` at a time; gives those where it failed, and why. */
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
