import { Flow } from '../../../lib/control/fleet/flow';

describe('how many requests are under way at once', () => {
  /** Has so many requests answered, each after these milliseconds; returns how many were under way at most. */
  async function most(flow: Flow, requests: number, ms: number | undefined): Promise<number> {
    let [running, highest] = [0, 0];
    await Promise.all(
      Array.from({ length: requests }, async () => {
        await flow.enter();
        highest = Math.max(highest, ++running);
        await new Promise((turn) => setImmediate(turn));
        running--;
        flow.leave(ms);
      }),
    );
    return highest;
  }

  test('begins with some, and becomes more while replies come soon', async () => {
    const flow = new Flow();
    expect(await most(flow, 64, 2_000)).toBe(64);
    expect(await most(flow, 100, 2_000)).toBe(64);
    expect(await most(flow, 2_000, 100)).toBeGreaterThan(400);
    expect(await most(flow, 5_000, 100)).toBe(512);
  });

  test('becomes less while they are late, and never none', async () => {
    const flow = new Flow();
    await most(flow, 2_000, 5_000);
    expect(await most(flow, 100, 2_000)).toBe(16);
  });

  test('becomes less only once for replies that are late together', async () => {
    const flow = new Flow();
    await most(flow, 64, 5_000);
    expect(await most(flow, 100, 2_000)).toBe(48);
  });

  test('stays where there is no reply', async () => {
    const flow = new Flow();
    await most(flow, 200, undefined);
    expect(await most(flow, 100, 2_000)).toBe(64);
  });
});
