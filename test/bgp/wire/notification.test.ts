import fc from 'fast-check';
import { BGP_HEADER_LENGTH } from '../../../lib/bgp/wire/message';
import {
  decodeNotification,
  describeNotification,
  encodeNotification,
  notification,
  shutdown,
  shutdownCommunication,
  unwrapHardReset,
} from '../../../lib/bgp/wire/notification';
import { CEASE } from '../../../lib/bgp/wire/notification-codes';
import { decodeUtf8, encodeUtf8 } from '../../../lib/bgp/wire/utf8';

describe('NOTIFICATION', () => {
  test('is read as it was written', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(octet, octet, fc.uint8Array({ maxLength: 300 }), (code, subcode, data) => {
        const content = notification(code, subcode, data);
        expect(decodeNotification(encodeNotification(content).subarray(BGP_HEADER_LENGTH))).toEqual(content);
        expect(typeof describeNotification(content)).toBe('string');
      }),
    );
  });

  test('is told in the words of the registry', () => {
    expect(describeNotification(notification(2, 2))).toBe('OPEN Message Error: Bad Peer AS');
    expect(describeNotification(notification(4, 0))).toBe('Hold Timer Expired');
    expect(describeNotification(notification(6, 77))).toBe('Cease: subcode 77');
    expect(describeNotification(notification(99, 0))).toBe('code 99');
  });

  test('a shutdown communication is passed on as text (RFC 9003)', () => {
    const content = shutdown(CEASE.administrativeShutdown, 'Wartung bis 3 Uhr, Grüße');
    expect(shutdownCommunication(content)).toBe('Wartung bis 3 Uhr, Grüße');
    expect(describeNotification(content)).toBe('Cease: Administrative Shutdown ("Wartung bis 3 Uhr, Grüße")');
  });

  test('a shutdown communication too long is cut between characters, one that lies about its length is none', () => {
    const text = shutdownCommunication(shutdown(2, 'ü'.repeat(200)))!;
    expect(text).toBe('ü'.repeat(127));
    expect(shutdownCommunication(notification(6, 2, Uint8Array.of(9, 65)))).toBeUndefined();
    expect(shutdownCommunication(notification(6, 2))).toBeUndefined();
  });

  test('a hard reset is told with what it wraps (RFC 8538 section 3.1)', () => {
    const { data } = shutdown(2, 'bye');
    const content = notification(6, 9, Uint8Array.of(6, 2, ...data));
    expect(unwrapHardReset(content)).toEqual(notification(6, 2, data));
    expect(describeNotification(content)).toBe('Cease: Hard Reset (Cease: Administrative Shutdown ("bye"))');
  });

  test('text in UTF-8 is what the platform makes of it, also where it is broken', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(encodeUtf8(text, 1000)).toEqual(Uint8Array.from(new TextEncoder().encode(text)));
        expect(decodeUtf8(encodeUtf8(text, 1000))).toBe(text);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        // How many marks stand for a broken sequence is free; that the good characters come through is not.
        const known = (text: string) => text.replaceAll('\ufffd', '');
        expect(known(decodeUtf8(bytes))).toBe(known(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)));
      }),
    );
  });
});
