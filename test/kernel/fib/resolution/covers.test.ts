import fc from 'fast-check';
import { covers } from '../../../../lib/kernel/fib/resolution/covers';

const bits = (octets: Uint8Array) => Array.from(octets, (octet) => octet.toString(2).padStart(8, '0')).join('');

test('a destination covers the addresses that begin with its bits', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.integer({ min: 0, max: 32 }),
      fc.nat(3),
      (destination, address, length, at) => {
        const bytes = Uint8Array.of(...new Uint8Array(at), ...destination);
        const wanted = bits(destination).slice(0, length) === bits(address).slice(0, length);
        expect(covers(bytes, at, length, address)).toBe(wanted);
        expect(covers(bytes, at, length, destination)).toBe(true);
      },
    ),
  );
});

test('one that is absent is all zeros, and one that is longer than the address covers nothing', () => {
  expect(covers(new Uint8Array(), -1, 8, Uint8Array.of(0, 1, 2, 3))).toBe(true);
  expect(covers(new Uint8Array(), -1, 16, Uint8Array.of(0, 1, 2, 3))).toBe(false);
  expect(covers(new Uint8Array(16), 0, 64, new Uint8Array(4))).toBe(false);
});
