import fc from 'fast-check';
import { decodeAcknowledgement } from '../../../lib/kernel/codec/acknowledgement';
import { attribute, readAttributes, writeNetlinkAttributes } from '../../../lib/kernel/codec/attribute';
import { emptyMessage, netlinkMessage, nextMessage, readMessage, TYPE } from '../../../lib/kernel/codec/header';
import { decodeInterfaceAddress } from '../../../lib/kernel/codec/interface-address';
import { decodeLink } from '../../../lib/kernel/codec/link';
import { decodeNexthop, encodeNexthop, type Nexthop } from '../../../lib/kernel/codec/nexthop';
import { fromHex, hex } from '../../../lib/kernel/codec/octets';
import { emptyRoute, readMultipath, readRoute } from '../../../lib/kernel/codec/route';
import { IpAddress } from '../../../lib/model/address';
import { sure } from '../../../lib/model/problem';

const octets = (max = 200) => fc.uint8Array({ maxLength: max });
const header = () => ({ ...emptyMessage(), end: 0 });

describe('attributes', () => {
  test('come back as they went, in their order, with their flags', () => {
    const anyAttribute = fc
      .tuple(fc.nat(0x3fff), octets(40), fc.constantFrom(0, 0x8000, 0x4000))
      .map(([type, value, flags]) => attribute(type, value, flags));
    fc.assert(
      fc.property(fc.array(anyAttribute, { maxLength: 8 }), (attributes) => {
        const bytes = writeNetlinkAttributes(attributes);
        expect(bytes.length % 4).toBe(0);
        expect(readAttributes(bytes, 0, bytes.length)).toEqual(attributes);
      }),
    );
  });

  test.each([
    ['030000', 'a rest'],
    ['03000100', 'a length below four'],
    ['0900010000000000', 'a length beyond the end'],
  ])('%s are none: %s', (digits) => {
    const bytes = fromHex(digits)!;
    expect(readAttributes(bytes, 0, bytes.length)).toBeUndefined();
  });

  test('may lack the padding of the last one', () => {
    expect(readAttributes(fromHex('060015000500')!, 0, 6)).toEqual([attribute(21, Uint8Array.of(5, 0))]);
  });
});

describe('messages', () => {
  test('follow one another on multiples of four', () => {
    const bytes = Uint8Array.from([
      ...netlinkMessage(TYPE.done, 2, 7, Uint8Array.of(1, 2, 3)),
      0,
      ...netlinkMessage(24, 0, 8, octets8()),
    ]);
    const first = readMessage(bytes, 0, bytes.length, emptyMessage())!;
    expect(first).toEqual({ type: 3, flags: 2, sequence: 7, port: 0, start: 16, end: 19 });
    expect(readMessage(bytes, nextMessage(first), bytes.length, emptyMessage())).toMatchObject({
      type: 24,
      sequence: 8,
    });
  });

  test('that are cut off are none', () => {
    const bytes = netlinkMessage(24, 0, 1, octets8());
    for (let end = 0; end < bytes.length; end++) expect(readMessage(bytes, 0, end, emptyMessage())).toBeUndefined();
  });
});

const octets8 = () => new Uint8Array(8);

describe('arbitrary octets', () => {
  test.each<[string, (bytes: Uint8Array) => unknown]>([
    ['a message', (bytes) => readMessage(bytes, 0, bytes.length, emptyMessage())],
    ['a route', (bytes) => readRoute(bytes, 0, bytes.length, emptyRoute())],
    ['a multipath', (bytes) => readMultipath(bytes, 0, bytes.length)],
    ['a link', (bytes) => decodeLink(bytes, 0, bytes.length)],
    ['an address', (bytes) => decodeInterfaceAddress(bytes, 0, bytes.length)],
    ['a nexthop', (bytes) => decodeNexthop(bytes, 0, bytes.length)],
    [
      'an acknowledgement',
      (bytes) => decodeAcknowledgement(bytes, { ...header(), flags: bytes[0] ?? 0, end: bytes.length }),
    ],
  ])('never make the reader of %s throw', (_, read) => {
    fc.assert(
      fc.property(octets(), (bytes) => void read(bytes)),
      { numRuns: 500 },
    );
  });
});

describe('links and addresses', () => {
  test('of a message from the kernel', () => {
    const link = fromHex(`${'00000100'}${'02000000'}${'43100100'}${'00000000'}${'0800030075703000'}`)!;
    expect(decodeLink(link, 0, link.length)).toEqual({ index: 2, name: 'up0', up: true, carrier: true });
    const ethernet = fromHex(
      `${'00000100'}${'02000000'}${'43100100'}${'00000000'}${'0800030075703000'}0a00010002000000000a0000`,
    )!;
    expect(decodeLink(ethernet, 0, ethernet.length)).toMatchObject({ linkLayer: '02:00:00:00:00:0a' });
    const small = fromHex(`${'00000100'}${'02000000'}${'43100100'}${'00000000'}${'0800030075703000'}08000400dc050000`)!;
    expect(decodeLink(small, 0, small.length)).toMatchObject({ mtu: 1500 });
    const tunnel = fromHex(
      `${'00000100'}${'02000000'}${'43100100'}${'00000000'}${'0800030075703000'}08000100c0000201`,
    )!;
    expect(decodeLink(tunnel, 0, tunnel.length)).not.toHaveProperty('linkLayer');
    const address = fromHex('0218800002000000080001000a00000108000200c0000201')!;
    expect(decodeInterfaceAddress(address, 0, address.length)).toEqual({
      interface: 2,
      address: sure(IpAddress.parse('192.0.2.1')),
      length: 24,
      peer: sure(IpAddress.parse('10.0.0.1')),
      flags: 0x80, // permanent
    });
  });
});

describe('acknowledgements', () => {
  const failed = (extra: string, flags: number) => {
    const bytes = fromHex(`9bffffff${'00'.repeat(16)}${extra}`)!;
    return decodeAcknowledgement(bytes, { ...header(), sequence: 9, flags, end: bytes.length });
  };

  test('tell the errno, and what the kernel says of it in words', () => {
    const words = hex(
      writeNetlinkAttributes([
        attribute(
          1,
          Uint8Array.from('Nexthop has invalid gateway\0', (c) => c.charCodeAt(0)),
        ),
      ]),
    );
    expect(failed(words, 0x300)).toEqual({ sequence: 9, error: -101, detail: 'Nexthop has invalid gateway' });
    expect(failed(words, 0x100)).toEqual({ sequence: 9, error: -101, detail: '' });
    expect(failed('', 0x100)).toEqual({ sequence: 9, error: -101, detail: '' });
  });
});

describe('nexthop objects', () => {
  test('come back as they went', () => {
    const address = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    const nexthop: fc.Arbitrary<Nexthop> = fc.oneof(
      fc.record({
        id: fc.nat(),
        protocol: fc.nat(255),
        interface: fc.nat(),
        gateway: address.map((bytes) => IpAddress.fromBytes(bytes)),
      }),
      fc.record({
        id: fc.nat(),
        protocol: fc.nat(255),
        group: fc.array(fc.record({ id: fc.nat(), weight: fc.integer({ min: 1, max: 256 }) }), { minLength: 1 }),
      }),
      fc.record({ id: fc.nat(), protocol: fc.nat(255), blackhole: fc.constant(true) }),
    );
    fc.assert(
      fc.property(nexthop, (one) => {
        const bytes = encodeNexthop(one);
        expect(decodeNexthop(bytes, 0, bytes.length)).toEqual(one);
      }),
    );
  });
});
