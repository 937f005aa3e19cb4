import { ResponseTimeout } from '../../lib/control/response-timeout';

describe('the time for a response', () => {
  let now = 0;
  let ended: string[];
  const timeout = (ms: number, octets = 0) => new ResponseTimeout(ms, octets, ({ message }) => ended.push(message));
  const pass = (ms: number) => {
    now += ms;
    jest.advanceTimersByTime(ms);
  };
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['performance'] });
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    now = 0;
    ended = [];
  });
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  test('is over where nothing comes', () => {
    timeout(1000).wait();
    pass(999);
    expect(ended).toEqual([]);
    pass(1);
    expect(ended).toEqual(['no answer within 1 s']);
    pass(5000);
    expect(ended).toHaveLength(1);
  });

  test('is over where a response drips, however often an octet comes', () => {
    const one = timeout(1000);
    for (let i = 0; i < 30 && ended.length === 0; i++) {
      one.wait();
      pass(100);
      one.came(1);
    }
    expect(ended).toEqual(['no complete answer within 1 s']);
  });

  test('is longer for what is large: a millisecond for 256 octets', () => {
    const one = timeout(1000);
    for (let i = 0; i < 20; i++) {
      one.wait();
      pass(100);
      one.came(256 * 100);
    }
    expect(ended).toEqual([]);
  });

  test('does not count the time in which nobody waits', () => {
    const one = timeout(1000);
    one.wait();
    pass(500);
    one.came(1);
    pass(60_000);
    one.wait();
    pass(499);
    expect(ended).toEqual([]);
    pass(2);
    expect(ended).toHaveLength(1);
  });
});
