import { Wheel } from '../../../lib/agent/bfd/wheel';

let wheel: Wheel;
let woken: string[];

beforeEach(() => {
  jest.useFakeTimers();
  wheel = new Wheel(() => performance.now());
  woken = [];
});
afterEach(() => {
  wheel.close();
  jest.useRealTimers();
});

const NEVER = Number.POSITIVE_INFINITY;
const start = () => performance.now();
/** Notes when it is woken, and says `next` then. */
const sleeper = (name: string, from: number, next: () => number = () => NEVER) => ({
  wake() {
    woken.push(`${name} ${Math.round(performance.now() - from)}`);
    return next();
  },
});

test('each is woken at its time, in order, by one timer', () => {
  const now = start();
  for (const [name, at] of [
    ['a', 30],
    ['b', 10],
    ['c', 20],
    ['d', 10],
  ] as const)
    wheel.add(sleeper(name, now), now + at);
  expect(jest.getTimerCount()).toBe(1);
  jest.advanceTimersByTime(100);
  expect(woken).toEqual(['b 10', 'd 10', 'c 20', 'a 30']);
  expect(jest.getTimerCount()).toBe(0);
});

test('an earlier time counts at once, a later one when the former comes', () => {
  const now = start();
  const a = sleeper('a', now, () => (woken.length < 2 ? now + 50 : NEVER));
  wheel.add(a, now + 30);
  wheel.add(a, now + 10);
  wheel.add(a, now + 50);
  jest.advanceTimersByTime(100);
  expect(woken).toEqual(['a 10', 'a 50']);
});

test('one that is removed is not woken, not even in the turn in which another removes it', () => {
  const now = start();
  const b = sleeper('b', now);
  const a = {
    wake() {
      wheel.remove(b);
      return NEVER;
    },
  };
  const c = sleeper('c', now);
  wheel.add(a, now + 10);
  wheel.add(b, now + 10);
  wheel.add(c, now + 20);
  wheel.remove(c);
  jest.advanceTimersByTime(100);
  expect(woken).toEqual([]);
});
