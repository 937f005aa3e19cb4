import { AwaitedSecrets } from '../../lib/agent/awaited-secrets';

describe('secrets that are missing', () => {
  let there: Set<string>;
  let looks: string[];
  let came: string[];
  let secrets: AwaitedSecrets;
  beforeEach(() => {
    jest.useFakeTimers();
    there = new Set();
    looks = [];
    came = [];
    secrets = new AwaitedSecrets(
      (reference) => {
        looks.push(reference);
        return there.has(reference);
      },
      (references) => came.push(...references),
    );
  });
  afterEach(() => {
    secrets.end();
    jest.useRealTimers();
  });
  const seconds = (count: number) => jest.advanceTimersByTime(count * 1000);

  test('are taken up when they were there twice, as one that is being written is not whole', () => {
    secrets.await(['file:/a', 'file:/b']);
    seconds(2);
    expect(came).toEqual([]);
    there.add('file:/b');
    seconds(1);
    expect(came).toEqual([]);
    seconds(1);
    expect(came).toEqual(['file:/b']);
  });

  test('are not taken up where they were there for a moment', () => {
    secrets.await(['file:/a']);
    there.add('file:/a');
    seconds(1);
    there.clear();
    seconds(1);
    there.add('file:/a');
    seconds(1);
    expect(came).toEqual([]);
  });

  test('are looked for no longer when none is missing', () => {
    secrets.await(['file:/a']);
    seconds(1);
    secrets.await([]);
    looks = [];
    seconds(10);
    expect(looks).toEqual([]);
  });

  test('are looked for a hundred at a time, each in its turn', () => {
    const all = Array.from({ length: 250 }, (_, i) => `file:/${i}`);
    secrets.await(all);
    seconds(1);
    expect(looks).toHaveLength(100);
    seconds(2);
    expect(new Set(looks).size).toBe(250);
  });
});
