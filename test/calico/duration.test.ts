import { secondsOf } from '../../lib/calico/duration';

test.each([
  ['1m30s', 90],
  ['500ms', 1],
  ['499ms', 0],
  ['0', 0],
  ['-0', 0],
  ['1.5h', 5400],
  ['-2s', -2],
  ['+3s', 3],
  ['.5m', 30],
  ['1h1us', 3600],
])('%s is %d s', (text, seconds) => expect(secondsOf(text)).toBeCloseTo(seconds));

test.each(['', '5', 's', '1 s', '1s ', '1d', 'PT1S', '1..5s', 5, null])('%j is not a duration', (text) =>
  expect(secondsOf(text)).toBeUndefined(),
);
