import { PendingQueue } from '../../../../lib/kernel/fib/state/pending-queue';

describe('a queue of routes', () => {
  const emptied = (queue: PendingQueue) => {
    const taken: number[] = [];
    while (queue.size > 0) taken.push(queue.take());
    return taken;
  };

  test.each([false, true])('gives each once, and sorted ones in short runs only (deletes: %s)', (isDelete) => {
    const queue = new PendingQueue();
    const count = 5000;
    for (let i = 0; i < count; i++) queue.add(i, 24, isDelete);
    const taken = emptied(queue);
    expect([...taken].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    const jumps = taken.flatMap((value, i) => (i > 0 && value === taken[i - 1] + 1 ? [] : [i]));
    const runs = jumps.map((at, i) => (jumps[i + 1] ?? count) - at);
    expect(Math.max(...runs)).toBeLessThanOrEqual(64);
    expect(new Set(jumps.map((at) => Math.floor((10 * taken[at]) / count)))).toHaveProperty('size', 10);
  });

  test('gives short prefixes first that are written, then long ones that are deleted, also those that came later', () => {
    const queue = new PendingQueue();
    for (const length of [16, 24, 0, 128, 8]) {
      queue.add(length, length, false);
      queue.add(-length - 1, length, true);
    }
    const taken = Array.from({ length: 6 }, () => queue.take());
    queue.add(12, 12, false);
    queue.add(-49, 48, true);
    expect([...taken, ...emptied(queue)]).toEqual([0, 8, 16, 24, 128, -129, 12, -49, -25, -17, -9, -1]);
  });
});
