import fc from 'fast-check';
import { decodeMessage, encodeMessage, type Message } from '../../lib/nd/message';

const FROM = 'fe80::a';
const octet = fc.integer({ min: 0, max: 255 }).map((value) => value.toString(16).padStart(2, '0'));
/** Ethernet, InfiniBand's last eight, or none. */
const linkLayer = fc.oneof(
  fc.array(octet, { minLength: 6, maxLength: 6 }).map((octets) => ({ linkLayer: octets.join(':') })),
  fc.constant({}),
);
const message: fc.Arbitrary<Message> = fc.oneof(
  linkLayer.map((option) => ({ kind: 'solicitation' as const, ...option })),
  fc
    .tuple(fc.integer({ min: 0, max: 0xffff }), linkLayer)
    .map(([routerLifetime, option]) => ({ kind: 'advertisement' as const, routerLifetime, ...option })),
);
const advertisement = (...options: number[]) =>
  Uint8Array.from([134, 0, 0, 0, 64, 0, 0, 30, ...Array(8).fill(0), ...options]);
const solicitation = (...options: number[]) => Uint8Array.from([133, 0, ...Array(6).fill(0), ...options]);
const MAC = [1, 1, 2, 0, 0, 0, 0, 1];

describe('a router solicitation or advertisement', () => {
  test('names no link-layer address that is longer than any: it would be remembered', () => {
    const option = (units: number) => [1, units, ...new Array(units * 8 - 2).fill(0xab)];
    const decoded = (units: number) =>
      decodeMessage(Uint8Array.of(133, 0, 0, 0, 0, 0, 0, 0, ...option(units)), 'fe80::2', 255);
    expect(decoded(3)).toEqual({ kind: 'solicitation', linkLayer: new Array(22).fill('ab').join(':') });
    expect(decoded(4)).toEqual({ kind: 'solicitation' });
    expect(decoded(150)).toEqual({ kind: 'solicitation' });
  });

  test('is read as it was written', () => {
    fc.assert(fc.property(message, (one) => expect(decodeMessage(encodeMessage(one), FROM, 255)).toEqual(one)));
  });

  test('stands where RFC 4861 sections 4.1 and 4.2 have it', () => {
    const hex = (one: Message) => Buffer.from(encodeMessage(one)).toString('hex');
    expect(hex({ kind: 'solicitation', linkLayer: '02:00:00:00:00:01' })).toBe('85000000000000000101020000000001');
    expect(hex({ kind: 'solicitation' })).toBe('8500000000000000');
    expect(hex({ kind: 'advertisement', routerLifetime: 1800 })).toBe('86000000000007080000000000000000');
  });

  test('is read as FRR 8.4.4 sends it, with options that do not matter here', () => {
    const sent = '86009c2740000 01e0000000000000000 0101aabbccddee01 05010000000005dc'.replaceAll(' ', '');
    expect(decodeMessage(Buffer.from(sent, 'hex'), FROM, 255)).toEqual({
      ...{ kind: 'advertisement', routerLifetime: 30, linkLayer: 'aa:bb:cc:dd:ee:01' },
    });
  });

  test.each([
    ['a router forwarded it', advertisement(), FROM, 254, 'hop-limit'],
    ['a router forwarded the solicitation', solicitation(), FROM, 64, 'hop-limit'],
    ['it has no octets', new Uint8Array(), FROM, 255, 'too-short'],
    ['a solicitation lacks an octet', solicitation().subarray(0, 7), FROM, 255, 'too-short'],
    ['an advertisement lacks an octet', advertisement().subarray(0, 15), FROM, 255, 'too-short'],
    ['it is a neighbour advertisement', Uint8Array.of(136, ...Array(23).fill(0)), FROM, 255, 'type'],
    ['its code is not 0', Uint8Array.of(134, 1, ...Array(14).fill(0)), FROM, 255, 'code'],
    ['its source is a global address', advertisement(), '2001:db8::1', 255, 'source'],
    ['its source is a site-local address', advertisement(), 'fec0::1', 255, 'source'],
    ['an advertisement has no source', advertisement(), '::', 255, 'source'],
    ['an option has length 0', advertisement(1, 0, 0, 0, 0, 0, 0, 0), FROM, 255, 'option'],
    ['an option is longer than the message', advertisement(1, 2, 0, 0, 0, 0, 0, 0), FROM, 255, 'option'],
    ['an option is one octet', advertisement(...MAC, 1), FROM, 255, 'option'],
    ['a station without address names its link-layer address', solicitation(...MAC), '::', 255, 'option'],
  ])('is discarded if %s', (_, octets, from, hopLimit, why) => {
    expect(decodeMessage(octets, from, hopLimit)).toBe(why);
  });

  test('may come from a station that has no address yet, if it is a solicitation', () => {
    expect(decodeMessage(solicitation(), '::', 255)).toEqual({ kind: 'solicitation' });
  });

  test('is read or discarded, whatever its octets are', () => {
    const kinds = fc.constantFrom(133, 134);
    const octets = fc
      .tuple(kinds, fc.uint8Array({ maxLength: 64 }))
      .map(([type, rest]) => Uint8Array.of(type, 0, ...rest));
    fc.assert(
      fc.property(fc.oneof(octets, fc.uint8Array()), (one) => {
        const found = decodeMessage(one, FROM, 255);
        // What was read can be written, and is then read as the same.
        if (typeof found !== 'string') expect(decodeMessage(encodeMessage(found), FROM, 255)).toMatchObject(found);
      }),
    );
  });
});
