import fc from 'fast-check';
import { type ControlPacket, decodePacket, encodePacket, isSamePacket, STATES } from '../../lib/bfd/packet';

const word = fc.integer({ min: 0, max: 0xffffffff });
const packet: fc.Arbitrary<ControlPacket> = fc
  .record({
    diagnostic: fc.integer({ min: 0, max: 31 }),
    state: fc.constantFrom(...STATES),
    poll: fc.boolean(),
    final: fc.boolean(),
    controlPlaneIndependent: fc.boolean(),
    demand: fc.boolean(),
    detectMultiplier: fc.integer({ min: 1, max: 255 }),
    myDiscriminator: fc.integer({ min: 1, max: 0xffffffff }),
    yourDiscriminator: word,
    desiredMinTx: word,
    requiredMinRx: word,
    requiredMinEchoRx: word,
  })
  .filter(({ state, yourDiscriminator }) => yourDiscriminator !== 0 || state === 'Down' || state === 'AdminDown');

const good = () =>
  encodePacket({
    ...{ diagnostic: 0, state: 'Up', poll: false, final: false, controlPlaneIndependent: false, demand: false },
    ...{ detectMultiplier: 3, myDiscriminator: 1, yourDiscriminator: 2 },
    ...{ desiredMinTx: 300_000, requiredMinRx: 300_000, requiredMinEchoRx: 0 },
  });
const decodedGood = () => decodePacket(good()) as ControlPacket;
/** The same with one octet changed. */
const changed = (at: number, value: (before: number) => number) => {
  const octets = good();
  octets[at] = value(octets[at]);
  return octets;
};

describe('a control packet', () => {
  test('is read as it was written', () => {
    fc.assert(fc.property(packet, (one) => expect(decodePacket(encodePacket(one))).toEqual(one)));
  });

  test('is the same as another one where its octets are', () => {
    const hex = (one: ControlPacket) => Buffer.from(encodePacket(one)).toString('hex');
    fc.assert(fc.property(packet, (one) => expect(isSamePacket(one, { ...one })).toBe(true)));
    fc.assert(
      fc.property(
        packet,
        packet,
        fc.constantFrom(...(Object.keys(decodedGood()) as (keyof ControlPacket)[])),
        (a, b, key) => {
          const other = { ...a, [key]: b[key] };
          expect(isSamePacket(a, other)).toBe(hex(a) === hex(other));
        },
      ),
    );
  });

  test('stands where RFC 5880 section 4.1 has it', () => {
    expect(Buffer.from(good()).toString('hex')).toBe('20c003180000000100000002000493e0000493e000000000');
  });

  test.each<[string, Uint8Array]>([
    ['version', changed(0, (octet) => (octet & 0x1f) | (2 << 5))],
    ['version', changed(0, (octet) => octet & 0x1f)],
    ['too-short', good().subarray(0, 3)],
    ['too-short', new Uint8Array(0)],
    ['too-short', changed(3, () => 23)],
    ['too-short', changed(1, (octet) => octet | 0x04)],
    ['length', changed(3, () => 25)],
    ['length', good().subarray(0, 23)],
    ['detect-multiplier', changed(2, () => 0)],
    ['multipoint', changed(1, (octet) => octet | 0x01)],
    ['my-discriminator', changed(7, () => 0)],
    ['your-discriminator', changed(11, () => 0)],
  ])('is discarded for %s (RFC 5880 section 6.8.6)', (why, octets) => {
    expect(decodePacket(octets)).toBe(why);
  });

  test('with authentication is discarded, for none is in use', () => {
    const octets = new Uint8Array(28);
    octets.set(good());
    octets[1] |= 0x04;
    octets[3] = 28;
    expect(decodePacket(octets)).toBe('authentication');
  });

  test('without the other’s discriminator is one only while Down or AdminDown', () => {
    for (const [number, state] of STATES.entries()) {
      const octets = changed(1, () => number << 6);
      octets[11] = 0;
      if (state === 'Down' || state === 'AdminDown') expect(decodePacket(octets)).toMatchObject({ state });
      else expect(decodePacket(octets)).toBe('your-discriminator');
    }
  });

  test('may be followed by octets that are not its own', () => {
    const longer = new Uint8Array(40);
    longer.set(good());
    expect(decodePacket(longer)).toMatchObject({ state: 'Up', myDiscriminator: 1 });
  });

  test('is read, or discarded, whatever octets come', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (octets) => {
        const read = decodePacket(octets);
        if (typeof read !== 'string') expect(decodePacket(encodePacket(read))).toEqual(read);
      }),
    );
  });
});
