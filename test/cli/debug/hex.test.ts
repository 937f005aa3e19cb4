import fc from 'fast-check';
import { hexOf, octetsOf } from '../../../lib/cli/debug/hex';

test('octets are the same after a way through digits', () => {
  fc.assert(fc.property(fc.uint8Array(), (octets) => expect(octetsOf(hexOf(octets))).toEqual(octets)));
});

test('digits may be of either case, and nothing else', () => {
  expect(octetsOf('FFfe')).toEqual(Uint8Array.of(255, 254));
  for (const text of ['f', 'fg', ' ff', '0x', 5, undefined]) expect(octetsOf(text)).toBeUndefined();
});
