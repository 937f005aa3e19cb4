import { gathered } from '../../lib/control/concurrency';

/** Numbers that take a millisecond each to make. */
function* slowly(count: number): Generator<number> {
  for (let i = 0; i < count; i++) {
    for (const until = performance.now() + 1; performance.now() < until; );
    yield i;
  }
}

describe('gathering what takes long to make', () => {
  test('gives all of it, in order', async () => {
    expect(await gathered(slowly(30))).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(await gathered([])).toEqual([]);
  });

  test('lets others have their turn in between', async () => {
    let turns = 0;
    let isDone = false;
    const others = () => {
      turns++;
      if (!isDone) setImmediate(others);
    };
    setImmediate(others);
    await gathered(slowly(100));
    isDone = true;
    expect(turns).toBeGreaterThan(4);
  });

  test('fails with what fails', async () => {
    function* failing(): Generator<number> {
      yield 1;
      throw new Error('no more');
    }
    await expect(gathered(failing())).rejects.toThrow('no more');
  });
});
