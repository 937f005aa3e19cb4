import fc from 'fast-check';
import { Community, WELL_KNOWN_COMMUNITIES } from '../../lib/model/community';
import { Problem, sure } from '../../lib/model/problem';

const community = (text: string) => sure(Community.parse(text));
const octets = (text: string) => Array.from(community(text).octets);

describe('a community', () => {
  test('of each kind is the octets of its attribute', () => {
    expect([community('64512:100').kind, octets('64512:100')]).toEqual(['standard', [0xfc, 0, 0, 100]]);
    expect(octets('no-export')).toEqual([0xff, 0xff, 0xff, 0x01]); // RFC 1997
    expect(octets('graceful-shutdown')).toEqual([0xff, 0xff, 0, 0]); // RFC 8326
    expect([community('64512:1:4294967295').kind, octets('64512:1:4294967295')]).toEqual([
      'large',
      [0, 0, 0xfc, 0, 0, 0, 0, 1, 255, 255, 255, 255],
    ]);
    expect([community('rt:64512:65536').kind, octets('rt:64512:65536')]).toEqual([
      'extended',
      [0, 2, 0xfc, 0, 0, 1, 0, 0],
    ]);
    expect(octets('soo:192.0.2.1:7')).toEqual([1, 3, 192, 0, 2, 1, 0, 7]);
    expect(octets('rt:65536:7')).toEqual([2, 2, 0, 1, 0, 0, 0, 7]);
    expect(octets('0x4300112233445566')).toEqual([0x43, 0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66]);
  });

  test('has one spelling', () => {
    expect(['65535:65281', '0x0002FC0000000064', 'rt:64512:100'].map((text) => String(community(text)))).toEqual([
      'no-export',
      'rt:64512:100',
      'rt:64512:100',
    ]);
    expect(community('65535:0').equals(community('graceful-shutdown'))).toBe(true);
    expect(community('1:2').equals(community('1:2:3'))).toBe(false);
  });

  test.each([
    ...['', '1', '65536:1', '1:65536', '01:2', '1:2:4294967296', '1:2:3:4', '-1:2', '1:2 ', 'rt:1', 'rt:65536:65536'],
    ...['rt:1.2.3:4', 'soo:192.0.2.1:65536', 'rt:2001:db8::1:1', '0x12', 'NO-EXPORT', 'toString', 7, null],
  ])('%j is none', (input) => {
    const problem = Community.parse(input);
    expect(problem instanceof Problem && problem.code).toBe('community');
  });

  test('of any octets reads back from its text', () => {
    const short = fc.nat(65535);
    const long = fc.nat(0xffffffff);
    const texts = fc.oneof(
      fc.tuple(short, short).map((parts) => parts.join(':')),
      fc.tuple(long, long, long).map((parts) => parts.join(':')),
      fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`),
      fc.tuple(fc.constantFrom('rt', 'soo'), fc.nat(65535), long).map((parts) => parts.join(':')),
      fc.constantFrom(...Object.keys(WELL_KNOWN_COMMUNITIES)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const read = community(text);
        expect(community(String(read)).equals(read)).toBe(true);
        expect(String(community(String(read)))).toBe(String(read));
      }),
    );
  });
});
