import { LastAnswers } from '../../lib/provider/last-answers';
import { SUMMARY } from '../control/answers';

const AT = 'etcd://e1/lab/n1';

describe('the answers of agents in a run', () => {
  let now: number;
  let clock: jest.SpyInstance;
  let last: LastAnswers;
  beforeEach(() => {
    now = 1_000;
    clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
    last = new LastAnswers();
  });
  afterEach(() => clock.mockRestore());
  const returningIn = (returnsInMs: number | null) => ({
    ...SUMMARY,
    transaction: { ...SUMMARY.transaction, returnsInMs },
  });

  test('stand while etcd says that the agent is connected as it was', () => {
    last.heard(AT, 's', SUMMARY);
    expect(last.of(AT, 's')).toBe(SUMMARY);
    expect([last.of(AT, 'another'), last.of(AT, undefined), last.of('etcd://e1/lab/n2', 's')]).toEqual([
      ...[undefined, undefined, undefined],
    ]);
  });

  test('do not stand if nothing says whether the agent is there, or it may have changed since', () => {
    last.heard(AT, undefined, SUMMARY);
    expect(last.of(AT, undefined)).toBeUndefined();
    last.heard(AT, 's', SUMMARY);
    last.forget(AT);
    expect(last.of(AT, 's')).toBeUndefined();
  });

  test.each([
    [null, 29_999, true],
    [null, 30_000, false],
    [600_000, 29_999, true],
    [20_000, 14_999, true],
    [20_000, 15_000, false],
    [3_000, 0, false],
  ])('with a confirm timer of %j ms stand after %i ms: %s', (returnsInMs, age, does) => {
    const summary = returningIn(returnsInMs);
    last.heard(AT, 's', summary);
    now += age;
    expect(last.of(AT, 's') === summary).toBe(does);
  });
});
