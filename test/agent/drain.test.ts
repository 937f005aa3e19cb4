import { Drain } from '../../lib/agent/drain';

const SESSION = { state: 'Established', isInside: true };

function drain(sessions: readonly object[] = []) {
  const heard: string[] = [];
  const network = { isSettled: true, isTold: true, standings: () => sessions } as unknown as ConstructorParameters<
    typeof Drain
  >[0];
  return {
    heard,
    drain: new Drain(network, { drained: () => heard.push('drained'), emptied: () => heard.push('emptied') }),
    steps: {
      apply: async () => heard.push('applied'),
      say: (message: string) => void heard.push(message),
    },
  };
}

describe('a drain', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('has the node gone round first, and out of service when neighbours had their time', () => {
    const { drain: one, heard } = drain();
    one.follow(true);
    expect(one.service).toBe('leaving');
    jest.advanceTimersByTime(9_000);
    expect(heard).toEqual([]);
    jest.advanceTimersByTime(2_000);
    expect([one.service, heard]).toEqual(['none', ['drained']]);
    one.follow(false);
    expect(one.service).toBe('full');
  });

  test('that is taken back tells nothing', () => {
    const { drain: one, heard } = drain();
    one.follow(true);
    one.follow(false);
    jest.advanceTimersByTime(60_000);
    expect([one.service, heard]).toEqual(['full', []]);
  });

  test('of previous sessions gives routers outside more time than nodes of the fabric', () => {
    const { drain: one, heard } = drain();
    one.watchPrevious([{ isInside: true }]);
    jest.advanceTimersByTime(3_000);
    expect(heard).toEqual(['emptied']);
    one.watchPrevious([{ isInside: false }]);
    jest.advanceTimersByTime(9_000);
    expect(heard).toEqual(['emptied']);
    one.watchPrevious(undefined);
    jest.advanceTimersByTime(60_000);
    expect(heard).toEqual(['emptied']);
  });

  test('before the end asks neighbours first, then withdraws, and stays so', async () => {
    const { drain: one, heard, steps } = drain([SESSION]);
    const departed = one.depart(20_000, steps);
    await jest.advanceTimersByTimeAsync(20_000);
    await departed;
    expect(heard).toEqual([
      'leaving: asking all neighbours (1) to route around this node',
      'applied',
      'leaving: withdrawing all routes',
      'applied',
    ]);
    one.follow(false);
    expect([one.isDeparting, one.service]).toEqual([true, 'none']);
  });

  test('with nobody there takes no time', async () => {
    const { drain: one, heard, steps } = drain();
    await one.depart(20_000, steps);
    expect([heard, one.isDeparting]).toEqual([[], false]);
  });
});
