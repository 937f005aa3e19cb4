import { ConcurrencyLimit } from '../../lib/ui/concurrency-limit';

/** Tasks that end when they are told to. */
function tasks() {
  const begun: number[] = [];
  const ends = new Map<number, { resolve: (value: number) => void; reject: (error: Error) => void }>();
  const task = (n: number) => () => {
    begun.push(n);
    return new Promise<number>((resolve, reject) => ends.set(n, { resolve, reject }));
  };
  return { begun, ends, task };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('so many run at once, and the rest in order as these end, well or not', async () => {
  const { begun, ends, task } = tasks();
  const limit = new ConcurrencyLimit(2);
  const all = [1, 2, 3, 4].map((n) => limit.within(task(n)).catch(({ message }: Error) => message));
  await settled();
  expect(begun).toEqual([1, 2]);
  ends.get(2)!.reject(new Error('two'));
  await settled();
  expect(begun).toEqual([1, 2, 3]);
  ends.get(1)!.resolve(10);
  await settled();
  expect(begun).toEqual([1, 2, 3, 4]);
  ends.get(3)!.resolve(30);
  ends.get(4)!.resolve(40);
  expect(await Promise.all(all)).toEqual([10, 'two', 30, 40]);
});

test('room that was given back is there for the next', async () => {
  const limit = new ConcurrencyLimit(1);
  for (let i = 0; i < 5; i++) expect(await limit.within(async () => i)).toBe(i);
  const { begun, task } = tasks();
  void limit.within(task(1));
  void limit.within(task(2));
  await settled();
  expect(begun).toEqual([1]);
});
