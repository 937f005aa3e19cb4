import fc from 'fast-check';
import { byNumber } from '../../lib/preview/words';
import { grouped, prefixSeconds, secondsText } from '../../lib/report/words';

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [12_497_500, '12,497,500'],
])('%d is %s', (number, text) => expect(grouped(number)).toBe(text));

test.each([
  [0.0041, '0.004'],
  [2.5, '2.5'],
  [31.26, '31.3'],
  [99.99, '100'],
  [12_345.6, '12,346'],
])('%d seconds are %s', (seconds, text) => expect(secondsText(seconds)).toBe(text));

test('prefix-seconds leave out what does not come back', () => {
  expect(prefixSeconds([{ from: 0, to: 1500 }, { from: 5 }, { from: 10, to: 510 }])).toBe(2);
});

test('names are in the order of their numbers', () => {
  const names = ['node10', 'node2', 'node', 'a', 'node2b', 'node02'];
  expect([...names].sort(byNumber)).toEqual(['a', 'node', 'node02', 'node2', 'node2b', 'node10']);
});

test('the order of names is one: of two, each is as far from the other', () => {
  const name = fc.stringMatching(/^[a-c]?[0-9]{0,2}[a-c]?$/);
  fc.assert(fc.property(name, name, (a, b) => expect(Math.sign(byNumber(a, b)) + Math.sign(byNumber(b, a))).toBe(0)));
});
