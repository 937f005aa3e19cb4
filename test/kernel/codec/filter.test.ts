import { dropUnexpected, type Expected } from '../../../lib/kernel/codec/filter';
import { IpAddress } from '../../../lib/model/address';

const address = (text: string): IpAddress => {
  const parsed = IpAddress.parse(text);
  if (!(parsed instanceof IpAddress)) throw new Error(text);
  return parsed;
};

/** The network header of a datagram, as far as filters look at it. */
function header(source: string, ttl: number): Buffer {
  const { family, bytes } = address(source);
  const octets = Buffer.alloc(40);
  octets[family === 'ipv4' ? 8 : 7] = ttl;
  octets.set(bytes, family === 'ipv4' ? 12 : 8);
  return octets;
}

/** What the kernel does with a classic BPF program: whether it accepts a datagram. `random`: of SKF_AD_RANDOM. */
function accepts(program: Uint8Array, octets: Buffer, random: number): boolean {
  const code = Buffer.from(program);
  let accumulator = 0;
  for (let at = 0; ; at++) {
    const [operation, value] = [code.readUInt16LE(8 * at), code.readUInt32LE(8 * at + 4)];
    const jump = (holds: boolean) => {
      at += code[8 * at + (holds ? 2 : 3)];
    };
    const offset = value - 0xfff00000;
    if (operation === 0x20) accumulator = value === 0xfffff038 ? random : octets.readUInt32BE(offset);
    else if (operation === 0x30) accumulator = octets[offset];
    else if (operation === 0x54) accumulator = (accumulator & value) >>> 0;
    else if (operation === 0x15) jump(accumulator === value);
    else if (operation === 0x35) jump(accumulator >= value);
    else if (operation === 0x06) return value !== 0;
    else throw new Error(`no such instruction: ${operation}`);
  }
}

describe.each([
  ['ipv4', ['10.0.0.2', '192.0.2.255', '10.0.1.2'], ['10.0.0.3', '10.0.2.2']],
  [
    'ipv6',
    ['2001:db8::2', 'fe80::ffff:0:1', '2001:db9::2'],
    ['2001:db8::3', '2001:db8:1::2', '2001:db8:0:0:1::2', '2001:dba::2'],
  ],
] as const)('a filter of datagrams over %s', (family, known, strangers) => {
  const expected: Expected = { minimumTtl: 254, sources: known.map(address) };
  const program = dropUnexpected(family, expected);
  const isAccepted = (source: string, ttl: number, random: number, by = program) =>
    accepts(by, header(source, ttl), random);

  test('accepts those of each sender that is expected, from near enough', () => {
    for (const source of known)
      for (const ttl of [254, 255]) for (const random of [0, 1, 7]) expect(isAccepted(source, ttl, random)).toBe(true);
  });

  test('drops those of others and from farther away, except for one in eight', () => {
    const unexpected = [...strangers.map((one) => [one, 255] as const), ...known.map((one) => [one, 253] as const)];
    for (const [source, ttl] of unexpected)
      expect(Array.from({ length: 16 }, (_, random) => isAccepted(source, ttl, random)).filter(Boolean)).toHaveLength(
        2,
      );
  });

  test('accepts any sender where none is said, and any TTL where the minimum is 1', () => {
    expect(isAccepted(strangers[0], 255, 1, dropUnexpected(family, { minimumTtl: 255 }))).toBe(true);
    expect(isAccepted(known[0], 254, 1, dropUnexpected(family, { minimumTtl: 255 }))).toBe(false);
    expect(isAccepted(strangers[0], 0, 1, dropUnexpected(family, { minimumTtl: 1 }))).toBe(true);
  });

  test('drops those of any sender where there is none to expect', () => {
    expect(isAccepted(known[0], 255, 1, dropUnexpected(family, { minimumTtl: 1, sources: [] }))).toBe(false);
  });
});
