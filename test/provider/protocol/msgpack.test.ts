import { pack, unpack } from '../../../lib/provider/protocol/msgpack';
import { conform, UNKNOWN, type ValueType } from '../../../lib/provider/value';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const roundTrip = (value: unknown, type: ValueType) => conform(unpack(pack(value)), type);

test('an unknown value is extension 0, d4 00 00', () => {
  expect(hex(pack(UNKNOWN))).toBe('d40000');
  expect(unpack(Buffer.from('d40000', 'hex'))).toBe(UNKNOWN);
});

test('a refined unknown and any other extension are unknown too', () => {
  expect(unpack(Buffer.from('c7020c8001', 'hex'))).toBe(UNKNOWN);
  expect(unpack(Buffer.from('81a161d40500', 'hex'))).toEqual({ a: UNKNOWN });
});

test('undefined becomes null', () => {
  expect(hex(pack({ a: undefined }))).toBe(hex(pack({ a: null })));
});

test('a number that came as text is a number', () => {
  expect(roundTrip('4294967295', 'number')).toBe(4294967295);
});

test('an object gets every attribute of its type and no other', () => {
  const type: ValueType = {
    object: {
      a: { type: 'string', set: 'optional', description: '' },
      b: { type: 'bool', set: 'optional', description: '' },
    },
  };
  expect(roundTrip({ a: 'x', c: 1 }, type)).toEqual({ a: 'x', b: null });
});

test('unknowns are kept at any depth', () => {
  const type: ValueType = { map: { list: 'string' } };
  expect(roundTrip({ k: ['a', UNKNOWN], l: UNKNOWN }, type)).toEqual({ k: ['a', UNKNOWN], l: UNKNOWN });
});

test('a value that does not fit is told with its place', () => {
  expect(() => conform({ k: [1] }, { map: { list: 'string' } })).toThrow('.k[0]: a number does not match its type');
});
