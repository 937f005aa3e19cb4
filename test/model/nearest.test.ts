import { nearest } from '../../lib/model/nearest';

const FIELDS = ['ipv4Address', 'ipv6Address', 'asNumber', 'endpoint', 'rack', 'labels', 'drain'];

test.each([
  ['ipv4Adress', 'ipv4Address'],
  ['ipv6_address', 'ipv6Address'],
  ['asnumber', 'asNumber'],
  ['AS_NUMBER', 'asNumber'],
  ['asNmuber', 'asNumber'],
  ['endpiont', 'endpoint'],
  ['label', 'labels'],
  ['rck', 'rack'],
  ['colour', undefined],
  ['', undefined],
  ['x', undefined],
])('%p was meant as %p', (word, meant) => {
  expect(nearest(word, FIELDS)).toBe(meant);
});

test('of two that are as near, the first is meant', () => {
  expect(nearest('ipv5Address', FIELDS)).toBe('ipv4Address');
  expect(nearest('anything', [])).toBeUndefined();
});
