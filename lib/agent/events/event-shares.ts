/**
 * The most recent items, up to a total, in one queue for each source. If there is no room the longest queue drops its
 * oldest: a source with many items only displaces its own, and one within an equal share loses nothing.
 */
export class EventShares<T> {
  private readonly queues = new Map<string, Queue<T>>();
  /** The queues by length. */
  private readonly byLength: Set<Queue<T>>[] = [];
  private longest = 0;
  private size = 0;

  constructor(readonly most: number) {}

  add(source: string, item: T): void {
    let queue = this.queues.get(source);
    if (!queue) {
      queue = new Queue(source);
      this.queues.set(source, queue);
    }
    this.move(queue, () => queue.push(item));
    if (++this.size > this.most) this.drop();
  }

  /** Every queue, each starting with its oldest item. */
  *all(): Generator<Queue<T>> {
    yield* this.queues.values();
  }

  private drop(): void {
    const [queue] = this.byLength[this.longest];
    this.move(queue, () => queue.shift());
    this.size--;
    if (queue.length === 0) this.queues.delete(queue.source);
  }

  private move(queue: Queue<T>, change: () => void): void {
    this.byLength[queue.length]?.delete(queue);
    change();
    this.byLength[queue.length] ??= new Set();
    this.byLength[queue.length].add(queue);
    if (queue.length > this.longest) this.longest = queue.length;
    while (this.longest > 0 && this.byLength[this.longest].size === 0) this.longest--;
    if (queue.length === 0) this.byLength[0].delete(queue);
  }
}

/** First in, first out; removed items are compacted once they are half of all. */
class Queue<T> {
  private items: T[] = [];
  private first = 0;

  constructor(readonly source: string) {}

  get length(): number {
    return this.items.length - this.first;
  }

  push(item: T): void {
    this.items.push(item);
  }

  shift(): void {
    if (++this.first * 2 < this.items.length) return;
    this.items = this.items.slice(this.first);
    this.first = 0;
  }

  /** From newest to oldest. */
  *newest(): Generator<T> {
    for (let i = this.items.length - 1; i >= this.first; i--) yield this.items[i];
  }
}
