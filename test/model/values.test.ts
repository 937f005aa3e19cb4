import fc from 'fast-check';
import { IpAddress } from '../../lib/model/address';
import { AsNumber } from '../../lib/model/as-number';
import { Prefix } from '../../lib/model/prefix';
import { Problem, sure } from '../../lib/model/problem';

describe('AsNumber', () => {
  test('reads 67111, "67111" and "1.1575" as one number', () => {
    expect([67111, '67111', '1.1575'].map((text) => sure(AsNumber.parse(text)).value)).toEqual([67111, 67111, 67111]);
  });

  test('writes asplain and asdot+ (RFC 5396)', () => {
    const as = sure(AsNumber.parse(67111));
    expect([String(as), as.toDotted(), JSON.stringify(as)]).toEqual(['67111', '1.1575', '67111']);
  });

  test.each([
    0,
    -1,
    4294967296,
    1.5,
    '',
    'AS1',
    '1.65536',
    '65536.0',
    '1.2.3',
    ' 1',
    null,
    undefined,
    true,
    '0x10',
    1e21,
  ])('refuses %p and says how to write one', (input) => {
    const problem = AsNumber.parse(input);
    expect(problem).toBeInstanceOf(Problem);
    expect(String(problem)).toContain('Write an AS number');
  });

  test('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xffffffff }), (value) => {
        const as = sure(AsNumber.parse(value));
        expect(sure(AsNumber.parse(as.toDotted())).equals(as)).toBe(true);
        expect(sure(AsNumber.parse(String(as))).equals(as)).toBe(true);
      }),
    );
  });
});

describe('IpAddress', () => {
  test.each([
    ['2001:0db8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['AA:BB::FF', 'aa:bb::ff'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1::', '1::'],
    ['192.20.30.40', '192.20.30.40'],
  ])('writes %s as %s (RFC 5952)', (input, output) => {
    expect(String(sure(IpAddress.parse(input)))).toBe(output);
  });

  test.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4/32',
    '::1::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'fe80::1%eth0',
    '1.2.3.4::',
    ':1',
    '1:',
    '::1.2.3',
    'host',
    7,
    null,
  ])('refuses %p', (input) => {
    expect(IpAddress.parse(input)).toBeInstanceOf(Problem);
  });

  test('reads back what it writes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
        (bytes) => {
          const address = IpAddress.fromBytes(bytes);
          expect(sure(IpAddress.parse(String(address))).equals(address)).toBe(true);
        },
      ),
    );
  });
});

describe('Prefix', () => {
  test('clears host bits', () => {
    expect(String(sure(Prefix.parse('10.1.2.3/8')))).toBe('10.0.0.0/8');
    expect(String(sure(Prefix.parse('2001:db8:ffff::1/33')))).toBe('2001:db8:8000::/33');
  });

  test.each(['10.0.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/-1', '10.0.0.0/8/8', '/8', 'x/8', 8])(
    'refuses %p',
    (input) => {
      expect(Prefix.parse(input)).toBeInstanceOf(Problem);
    },
  );

  test('contains itself and its more specifics, not its covering prefix nor the other family', () => {
    const [eight, nine, other, six] = ['10.0.0.0/8', '10.128.0.0/9', '11.0.0.0/9', '::/0'].map((text) =>
      sure(Prefix.parse(text)),
    );
    expect([eight, nine, other, six].map((prefix) => eight.contains(prefix))).toEqual([true, true, false, false]);
    expect(nine.contains(eight)).toBe(false);
  });
});
