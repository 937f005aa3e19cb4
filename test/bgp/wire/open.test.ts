import fc from 'fast-check';
import { type Capability, capabilitiesOf, capabilityOf } from '../../../lib/bgp/wire/capability';
import { BGP_HEADER_LENGTH } from '../../../lib/bgp/wire/message';
import { AS_TRANS, decodeOpen, encodeOpen, type Open } from '../../../lib/bgp/wire/open';
import { asNumber, hex, octets, uint32 } from './arbitraries';

const afi = fc.integer({ min: 0, max: 65535 });
const safi = fc.integer({ min: 0, max: 255 });
const few = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 5 });
const capability: fc.Arbitrary<Capability> = fc.oneof(
  fc.record({ code: fc.constant(1 as const), afi, safi }),
  fc.constantFrom({ code: 2 } as const, { code: 6 } as const, { code: 70 } as const),
  fc.record({ code: fc.constant(5 as const), entries: few(fc.record({ afi, safi, nextHopAfi: afi })) }),
  fc.record({ code: fc.constant(9 as const), role: safi }),
  fc.record({
    code: fc.constant(64 as const),
    restarted: fc.boolean(),
    notification: fc.boolean(),
    restartTime: fc.integer({ min: 0, max: 4095 }),
    families: few(fc.record({ afi, safi, forwarding: fc.boolean() })),
  }),
  fc.record({
    code: fc.constant(69 as const),
    families: few(fc.record({ afi, safi, receive: fc.boolean(), send: fc.boolean() })),
  }),
  fc.record({ code: fc.constant(73), value: fc.uint8Array({ maxLength: 80 }) }),
);
const holdTime = fc.oneof(fc.constant(0), fc.integer({ min: 3, max: 65535 }));
const own = asNumber.filter((as) => as !== AS_TRANS);

const read = (bytes: Uint8Array) => decodeOpen(bytes.subarray(BGP_HEADER_LENGTH));
const plain: Open = { version: 4, as: 65000, holdTime: 90, routerId: 0x0a000001, capabilities: [] };

describe('OPEN', () => {
  test('is read as it was written, whatever the capabilities, in extended form where they are many (RFC 9072)', () => {
    fc.assert(
      fc.property(own, holdTime, uint32, fc.array(capability, { maxLength: 20 }), (as, hold, id, more) => {
        const open: Open = {
          ...{ version: 4, as, holdTime: hold, routerId: id || 1 },
          capabilities: [{ code: 65, as }, ...more],
        };
        expect(read(encodeOpen(open))).toEqual(open);
      }),
    );
  });

  test('capabilities in parameters of their own come out the same way again', () => {
    const bytes = octets(`${'ff'.repeat(16)}002d01 04 fde8 005a 0a000001 10 0206010400010001 020601040002 0001`);
    const open = read(bytes) as Open;
    expect(open.parameters).toEqual([1, 1]);
    expect(capabilitiesOf(open.capabilities, 1).map((each) => each.afi)).toEqual([1, 2]);
    expect(hex(encodeOpen(open))).toBe(hex(bytes));
  });

  test('the AS number is the four-octet one, and AS_TRANS stands for it in two octets (RFC 6793)', () => {
    const bytes = encodeOpen({ ...plain, as: 4200000000, capabilities: [{ code: 65, as: 4200000000 }] });
    expect(hex(bytes.subarray(20, 22))).toBe('5ba0');
    expect(read(bytes)).toMatchObject({ as: 4200000000 });
  });

  test('of several graceful restart capabilities the last one counts (RFC 4724 section 3)', () => {
    const restart = (restartTime: number) =>
      ({ code: 64, restarted: false, notification: false, restartTime, families: [] }) as const;
    expect(capabilityOf([restart(1), restart(2)], 64)).toEqual(restart(2));
  });

  test.each([
    ['another version', '03fde8005a0a00000100', [2, 1]],
    ['AS 0', '040000005a0a00000100', [2, 2]],
    ['AS 0 in four octets', '04fde8005a0a00000108 0206 4104 00000000', [2, 2]],
    ['AS_TRANS in four octets', '04fde8005a0a00000108 0206 4104 00005ba0', [2, 2]],
    ['identifier 0', '04fde8005a0000000000', [2, 3]],
    ['a hold time of 2 seconds', '04fde800020a00000100', [2, 6]],
    ['a parameter that is none', '04fde8005a0a00000103 010100', [2, 4]],
    ['parameters that do not fit', '04fde8005a0a00000103 0202', [2, 0]],
    ['a capability that does not fit its parameter', '04fde8005a0a00000104 0202 4104', [2, 0]],
    ['a four-octet AS capability of two octets', '04fde8005a0a00000106 0204 41020001', [2, 0]],
    ['extended length cut short', '04fde8005a0a000001ff ff00', [2, 0]],
    ['a body cut short', '04fde8005a0a0000', [1, 2]],
  ])('%s is refused', (_, body, [code, subcode]) => {
    expect(decodeOpen(octets(body))).toMatchObject({ code, subcode });
  });

  test('extended length is taken whatever the plain length says, but 0 (RFC 9072 section 2)', () => {
    expect(decodeOpen(octets('04fde8005a0a000001 40 ff 0005 02 0002 0200'))).toMatchObject({
      capabilities: [{ code: 2 }],
    });
  });

  test('no octets make it fail otherwise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (tail) => {
        const answer = decodeOpen(Uint8Array.of(4, 0xfd, 0xe8, 0, 90, 10, 0, 0, 1, ...tail));
        expect('capabilities' in answer || 'subcode' in answer).toBe(true);
      }),
    );
  });
});
