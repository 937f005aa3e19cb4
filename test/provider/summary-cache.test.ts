import type { AgentSummary } from '../../lib/control/status';
import { SummaryCache } from '../../lib/provider/summary-cache';

let now: number;
beforeEach(() => {
  now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => jest.restoreAllMocks());

describe('what agents said of themselves', () => {
  test('is asked once for a minute, of each endpoint, an error too', async () => {
    const cache = new SummaryCache();
    const asked: string[] = [];
    const of = (endpoint: string) =>
      cache.of(endpoint, async () => {
        asked.push(endpoint);
        if (endpoint === 'away') throw new Error('away');
        return { node: endpoint } as AgentSummary;
      });
    expect(await Promise.all([of('a'), of('a'), of('b')])).toEqual([{ node: 'a' }, { node: 'a' }, { node: 'b' }]);
    await expect(of('away')).rejects.toThrow('away');
    await expect(of('away')).rejects.toThrow('away');
    expect(asked).toEqual(['a', 'b', 'away']);
    now = 59_999;
    await of('a');
    expect(asked).toHaveLength(3);
    now = 60_000;
    await of('a');
    expect(asked).toHaveLength(4);
    cache.forget();
    await of('a');
    expect(asked).toHaveLength(5);
  });
});
