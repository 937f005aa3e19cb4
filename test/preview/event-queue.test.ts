import fc from 'fast-check';
import { EventQueue } from '../../lib/preview/event-queue';

/** Runs all that is due by a time. */
function runTo(queue: EventQueue, until: number): void {
  for (let entry = queue.next(until); entry; entry = queue.next(until)) entry.run();
}

describe('what is to be done', () => {
  test('is done by time, and of one time in the order it was added', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (times) => {
        const queue = new EventQueue();
        const done: (readonly [number, number])[] = [];
        for (const [i, at] of times.entries()) queue.add(at, () => done.push([at, i]));
        runTo(queue, Number.POSITIVE_INFINITY);
        const wanted = times.map((at, i) => [at, i] as const).sort(([a, i], [b, j]) => a - b || i - j);
        expect(done).toEqual(wanted);
      }),
    );
  });

  test('waits for its time', () => {
    const queue = new EventQueue();
    const done: string[] = [];
    queue.add(5, () => done.push('five'));
    queue.add(3, () => {
      done.push('three');
      queue.add(3, () => done.push('three, too'));
    });
    expect(queue.next(2)).toBeUndefined();
    runTo(queue, 4);
    expect(done).toEqual(['three', 'three, too']);
    runTo(queue, 5);
    expect(done).toEqual(['three', 'three, too', 'five']);
  });
});
