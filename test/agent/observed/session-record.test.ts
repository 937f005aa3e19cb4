import { type SessionReading, SessionRecord } from '../../../lib/agent/observed/session-record';

const KEY = '10.0.0.1 10.0.0.2 179';

interface Counts {
  readonly reset?: number;
  readonly retuned?: number;
}
const reading = (
  isUp: boolean,
  { reset = 0, retuned = 0 }: Counts = {},
  more: Partial<SessionReading> = {},
): SessionReading => ({
  ...{ key: KEY, isUp, changed: { reset, retuned, resetFor: 'hold time', retunedFor: 'import policy' } },
  ...more,
});

describe('the record of what happens to sessions', () => {
  test('has nothing of a session to which nothing happens, whatever happened to it before', () => {
    const record = new SessionRecord([reading(true, { reset: 3, retuned: 2 })]);
    record.configured([reading(true, { reset: 3, retuned: 2 })]);
    expect(record.list()).toEqual([]);
  });

  test('has what configurations did to it, the gravest of all, with its reason', () => {
    const record = new SessionRecord([reading(true)]);
    record.configured([reading(true, { retuned: 1 })]);
    expect(record.list()).toMatchObject([{ change: 'retuned', reason: 'import policy', resets: 0 }]);
    record.moved(reading(false, { reset: 1, retuned: 1 }), 10.4, 'NOTIFICATION sent');
    record.moved(reading(true, { reset: 1, retuned: 1 }), 30);
    record.configured([reading(true, { reset: 1, retuned: 2 })]);
    expect(record.list()).toEqual([
      {
        ...{ key: KEY, change: 'reset', reason: 'hold time', resets: 1, wasUp: true, isUp: true, downs: 1 },
        news: [
          { at: 10, isUp: false, why: 'NOTIFICATION sent' },
          { at: 30, isUp: true },
        ],
      },
    ]);
  });

  test('tells what came from what went, and neither from what came back', () => {
    const other = { ...reading(true), key: '10.0.0.1 10.0.0.3 179', remoteNode: 'n3' };
    const record = new SessionRecord([reading(true)]);
    record.configured([other]);
    expect(record.list()).toMatchObject([
      { key: KEY, change: 'removed', isUp: false },
      { key: other.key, change: 'added', remoteNode: 'n3', wasUp: false },
    ]);
    record.configured([reading(false)]);
    expect(record.list()).toEqual([]);
  });

  test('has a flap that no configuration is behind, and no change with it', () => {
    const record = new SessionRecord([reading(true)]);
    record.moved(reading(false), 5, 'hold timer expired');
    expect(record.list()).toMatchObject([{ resets: 0, downs: 1, isUp: false }]);
    expect(record.list()[0].change).toBeUndefined();
  });

  test('counts all ups and downs, and remembers the first of them', () => {
    const record = new SessionRecord([reading(true)]);
    for (let at = 0; at < 40; at++) record.moved(reading(at % 2 === 1), at);
    expect(record.list()).toMatchObject([{ downs: 20 }]);
    expect(record.list()[0].news.length).toBe(8);
  });

  test('lets neighbours that came unnamed come and go as they like', () => {
    const guest = { range: '10.0.0.0/24', isGuest: true } as const;
    const entry: SessionReading = { ...reading(false), key: '10.0.0.1 10.0.0.0/24 179', range: '10.0.0.0/24' };
    const record = new SessionRecord([entry, reading(true, {}, guest)]);
    record.configured([entry]);
    expect(record.list()).toEqual([]);
    record.configured([]);
    expect(record.list()).toMatchObject([{ key: entry.key, change: 'removed' }]);
  });

  test('goes on in another run of the agent, whose sessions count from nothing', () => {
    const record = new SessionRecord([reading(true, { reset: 2 })]);
    record.moved(reading(false, { reset: 3 }), 10);
    record.moved(reading(true, { reset: 3 }), 20);
    const next = SessionRecord.of(JSON.parse(JSON.stringify(record.kept())));
    next.configured([reading(false)]);
    next.moved(reading(true), 90);
    expect(next.list()).toMatchObject([{ change: 'reset', resets: 1, wasUp: true, isUp: true, downs: 1 }]);
    next.moved(reading(false, { reset: 1 }), 95);
    expect(next.list()).toMatchObject([{ resets: 2, downs: 2 }]);
  });
});
