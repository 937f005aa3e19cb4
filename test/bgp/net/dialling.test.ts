import { Dialling } from '../../../lib/bgp/net/dialling';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Asks for so many connections; `begun` has their numbers in the order they are begun. */
function asking(count: number) {
  const dialling = new Dialling();
  const begun: number[] = [];
  for (let i = 0; i < count; i++) dialling.begin(i, () => begun.push(i));
  return { dialling, begun };
}

describe('beginning connections', () => {
  test('does so at once, as long as they are few', () => {
    expect(asking(20).begun).toHaveLength(20);
  });

  test('spreads thousands over turns of the event loop, in order', async () => {
    const { begun } = asking(1000);
    let largest = begun.length;
    for (let before = 0; begun.length < 1000; largest = Math.max(largest, begun.length - before)) {
      before = begun.length;
      await turn();
    }
    expect(largest).toBeLessThan(100);
    expect(begun).toEqual(begun.map((_, i) => i));
  });

  test('begins none that is no longer wanted', async () => {
    const { dialling, begun } = asking(200);
    dialling.forget(150);
    while (begun.length < 199) await turn();
    await turn();
    expect(begun).not.toContain(150);
  });

  test('begins one that is asked for while others are begun, and one after all were', async () => {
    const dialling = new Dialling();
    const begun: string[] = [];
    dialling.begin(1, () => {
      begun.push('first');
      dialling.begin(2, () => begun.push('second'));
    });
    await turn();
    dialling.begin(3, () => begun.push('third'));
    await turn();
    expect(begun).toEqual(['first', 'second', 'third']);
  });

  test('ends when it is closed', async () => {
    const { dialling, begun } = asking(200);
    dialling.close();
    const { length } = begun;
    for (let i = 0; i < 5; i++) await turn();
    expect(begun).toHaveLength(length);
  });
});
