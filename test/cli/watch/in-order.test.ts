import { CAUGHT_UP, inOrder } from '../../../lib/cli/watch/in-order';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const at = (time: number) => ({ time: new Date(time).toISOString() });
/** Numbers are moments that are told of, or waited for where they are negative. */
async function* source(...steps: (number | typeof CAUGHT_UP | Error)[]) {
  for (const step of steps) {
    if (step instanceof Error) throw step;
    if (step === CAUGHT_UP) yield step;
    else if (step < 0) await pause(-step);
    else yield at(step);
  }
}
const TIMING = { holdMs: 100, patienceMs: 300 };
const told = async (...sources: ReturnType<typeof source>[]) => {
  const all: number[] = [];
  for await (const { time } of inOrder(sources, TIMING)) all.push(Date.parse(time));
  return all;
};

describe('events of several nodes', () => {
  test('are told in the order of time, the past of all before the news of any', async () => {
    expect(await told(source(1, 5, CAUGHT_UP, 7), source(-60, 2, 4, CAUGHT_UP, 6))).toEqual([1, 2, 4, 5, 6, 7]);
  });

  test('are held for a moment, in which an earlier one may come', async () => {
    expect(await told(source(CAUGHT_UP, 5), source(CAUGHT_UP, -40, 3))).toEqual([3, 5]);
  });

  test('are told in time whatever another node tells of, as of earlier and earlier times', async () => {
    const other = { isOver: false };
    async function* endless() {
      yield CAUGHT_UP;
      for (let time = 1_000; !other.isOver && time > 900; time--) {
        await pause(20);
        yield at(time);
      }
    }
    const found: number[] = [];
    for await (const { time } of inOrder([endless(), source(CAUGHT_UP, 2_000)], TIMING)) {
      found.push(Date.parse(time));
      if (found.includes(2_000) || found.length > 40) other.isOver = true;
    }
    expect(found.slice(0, 40)).toContain(2_000);
  });

  test('do not wait for ever for a node that does not tell its past', async () => {
    const slow = source(-600, 1, CAUGHT_UP);
    const first = await inOrder([slow, source(9, CAUGHT_UP)], TIMING).next();
    expect(first.value).toEqual(at(9));
  });

  test('are all told before the error that ends them', async () => {
    const all: unknown[] = [];
    const reading = (async () => {
      for await (const one of inOrder([source(2, 1, new Error('gone'))], TIMING)) all.push(one);
    })();
    await expect(reading).rejects.toThrow('gone');
    expect(all).toEqual([at(1), at(2)]);
  });
});
