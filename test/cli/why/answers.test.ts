import { ifUnknown, listed } from '../../../lib/cli/why/answers';
import { Refused } from '../../../lib/control/client';
import type { RouteStatus } from '../../../lib/control/status';

async function* routes(count: number, given: number[]) {
  for (let i = 0; i < count; i++) {
    given.push(i);
    yield { prefix: `10.${i}.0.0/16` } as RouteStatus;
  }
}

test('an answer is read up to a number of routes, and no further', async () => {
  const given: number[] = [];
  expect(await listed(routes(10, given), 3)).toHaveLength(3);
  expect(given).toEqual([0, 1, 2]);
  expect(await listed(routes(2, []))).toHaveLength(2);
});

test('an agent that does not know the question has another answer; any other error stays one', () => {
  const instead = ifUnknown('nothing');
  expect(instead(new Refused('unknown', 'x'))).toBe('nothing');
  expect(() => instead(new Refused('busy', 'x'))).toThrow('x');
  expect(() => instead(new Error('y'))).toThrow('y');
});
