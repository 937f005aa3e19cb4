import fc from 'fast-check';
import { KEEPALIVE } from '../../../lib/bgp/wire/keepalive';
import { BGP_HEADER_LENGTH, frame, MESSAGE, message } from '../../../lib/bgp/wire/message';
import { decodeRouteRefresh, encodeRouteRefresh, REFRESH } from '../../../lib/bgp/wire/route-refresh';
import { hex, octets } from './arbitraries';

const MARKER = 'ff'.repeat(16);
const errorOf = (text: string, most = 4096) => {
  const found = frame(octets(text), 0, octets(text).length, most);
  return found.kind === 'error' ? [found.notification.code, found.notification.subcode] : found.kind;
};

describe('framing', () => {
  test('any message is found again at any place of a stream, and only once it is whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 60 }), fc.nat(30), fc.uint8Array(), (body, offset, rest) => {
        const one = message(MESSAGE.update, body);
        const stream = new Uint8Array(offset + one.length + rest.length);
        stream.set(one, offset);
        stream.set(rest, offset + one.length);
        const end = offset + one.length;
        expect(frame(stream, offset, stream.length, 4096)).toEqual({
          ...{ kind: 'message', type: MESSAGE.update, start: offset + BGP_HEADER_LENGTH, end },
        });
        for (let short = offset; short < end; short++)
          expect(frame(stream, offset, short, 4096)).toEqual({ kind: 'incomplete' });
      }),
    );
  });

  test('a broken marker is Connection Not Synchronized, before the header is whole', () => {
    expect(errorOf('fffe')).toEqual([1, 1]);
    expect(errorOf(`${'ff'.repeat(15)}00001304`)).toEqual([1, 1]);
  });

  test('each type has its least length, and a KEEPALIVE exactly one', () => {
    expect(errorOf(`${MARKER}001304`)).toBe('message');
    expect(errorOf(`${MARKER}00140400`)).toEqual([1, 2]);
    expect(errorOf(`${MARKER}001202`)).toEqual([1, 2]);
    for (const [type, least] of [
      [1, 29],
      [2, 23],
      [3, 21],
      [5, 23],
    ]) {
      const head = (length: number) => `${MARKER}00${length.toString(16)}0${type}`;
      expect(errorOf(head(least - 1))).toEqual([1, 2]);
      expect(errorOf(head(least))).toBe('incomplete');
    }
  });

  test('4096 octets are the most, 65535 where extended messages are agreed on, but never for OPEN (RFC 8654)', () => {
    expect(errorOf(`${MARKER}100002`)).toBe('incomplete');
    expect(errorOf(`${MARKER}100102`)).toEqual([1, 2]);
    expect(errorOf(`${MARKER}100102`, 65535)).toBe('incomplete');
    expect(errorOf(`${MARKER}ffff02`, 65535)).toBe('incomplete');
    expect(errorOf(`${MARKER}100101`, 65535)).toEqual([1, 2]);
  });

  test('a type that is none is Bad Message Type, with the type as data', () => {
    expect(errorOf(`${MARKER}001300`)).toEqual([1, 3]);
    const found = frame(octets(`${MARKER}001306`), 0, 19, 4096);
    expect(found).toEqual({ kind: 'error', notification: { code: 1, subcode: 3, data: Uint8Array.of(6) } });
  });

  test('a KEEPALIVE is a header', () => {
    expect(hex(KEEPALIVE)).toBe(`${MARKER}001304`);
  });
});

describe('ROUTE-REFRESH', () => {
  test('is read as it was written', () => {
    for (const subtype of Object.values(REFRESH)) {
      const bytes = encodeRouteRefresh('ipv6 unicast', subtype);
      expect(decodeRouteRefresh(bytes.subarray(BGP_HEADER_LENGTH))).toEqual({
        afi: 2,
        safi: 1,
        family: 'ipv6 unicast',
        subtype,
      });
    }
    expect(decodeRouteRefresh(octets('00190046'))).toEqual({ afi: 25, safi: 70, subtype: 0 });
  });

  test('a begin or end mark of another length is an error, a request with filters is none (RFC 7313 section 5)', () => {
    expect(decodeRouteRefresh(octets('0001010100'))).toMatchObject({ code: 7, subcode: 1 });
    expect(decodeRouteRefresh(octets('000100010140'))).toMatchObject({ subtype: 0, filters: octets('0140') });
    expect(decodeRouteRefresh(octets('0001'))).toMatchObject({ code: 1, subcode: 2 });
  });
});
