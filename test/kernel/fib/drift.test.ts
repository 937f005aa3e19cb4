import { Drift, UNKNOWN_WRITER } from '../../../lib/kernel/fib/drift';
import { ABSENT } from '../../../lib/kernel/fib/state/route-table';

const make = () => new Drift((item) => `10.${item}.0.0/16`);

describe('drift', () => {
  test('is told by comparison as missing, extra or different, with examples and how long ago it may have come about', () => {
    const drift = make();
    drift.begin(0);
    expect(drift.end(1)).toMatchObject({ missing: 0, extra: 0, different: 0, sinceMs: null, tookMs: 1 });
    drift.begin(101);
    drift.route();
    drift.note(1, 7, ABSENT, UNKNOWN_WRITER);
    drift.note(2, ABSENT, 7, UNKNOWN_WRITER);
    drift.note(3, 7, 8, UNKNOWN_WRITER);
    expect(drift.end(103)).toEqual({
      routes: 1,
      missing: 1,
      extra: 1,
      different: 1,
      examples: [
        { prefix: '10.1.0.0/16', kind: 'missing', by: 'unknown' },
        { prefix: '10.2.0.0/16', kind: 'extra', by: 'unknown' },
        { prefix: '10.3.0.0/16', kind: 'different', by: 'unknown' },
      ],
      sinceMs: 100,
      tookMs: 2,
    });
  });

  test('that the kernel told of itself counts in total, and in no comparison', () => {
    const drift = make();
    drift.note(1, 7, ABSENT, 'process 4711');
    drift.begin(0);
    drift.note(2, 7, ABSENT, 'process 4711');
    expect(drift.end(1)).toMatchObject({ missing: 0, examples: [] });
    expect(drift.totals).toEqual({ missing: 2, extra: 0, different: 0 });
    expect(drift.lastAt).toBeGreaterThan(0);
  });

  test('by a nexthop object counts each route that went with it; no route is none', () => {
    const drift = make();
    drift.lost(0);
    expect(drift.lastAt).toBeUndefined();
    drift.begin(0);
    drift.lost(1000);
    expect(drift.end(1).missing).toBe(1000);
    expect(drift.totals.missing).toBe(1000);
  });

  test('is shown by twenty examples at most', () => {
    const drift = make();
    drift.begin(0);
    for (let item = 0; item < 100; item++) drift.note(item, 7, ABSENT, UNKNOWN_WRITER);
    const { missing, examples } = drift.end(1);
    expect([missing, examples.length]).toEqual([100, 20]);
  });
});
