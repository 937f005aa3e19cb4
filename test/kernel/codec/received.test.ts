import fc from 'fast-check';
import { addressIn, arrivalIn, hopLimitIn, linkIn, type WordSize } from '../../../lib/kernel/codec/received';

/** struct cmsghdr and its data, padded, in the byte order of this machine. */
function control(word: WordSize, level: number, type: number, value: number, length?: number): Buffer {
  const header = word === 8 ? 16 : 12;
  const bytes = Buffer.alloc(Math.ceil((header + 4) / word) * word);
  bytes.writeUInt32LE(length ?? header + 4, 0);
  bytes.writeInt32LE(level, word);
  bytes.writeInt32LE(type, word + 4);
  bytes.writeUInt32LE(value, header);
  return bytes;
}

describe.each<WordSize>([8, 4])('the hop limit of a datagram, with %d octets in a word,', (word) => {
  test.each([
    ['IPv4', 0, 2],
    ['IPv6', 41, 52],
  ])('is in its control message (%s)', (_, level, type) => {
    expect(hopLimitIn(control(word, level, type, 255), word)).toBe(255);
  });

  test('is found behind other messages, and not where there is none', () => {
    const other = control(word, 1, 29, 7);
    expect(hopLimitIn(Buffer.concat([other, control(word, 0, 2, 64)]), word)).toBe(64);
    expect(hopLimitIn(other, word)).toBeUndefined();
    expect(hopLimitIn(new Uint8Array(), word)).toBeUndefined();
  });

  test('is not read out of a message that is cut or lies about its length', () => {
    const whole = control(word, 0, 2, 255);
    expect(hopLimitIn(whole.subarray(0, whole.length - word), word)).toBeUndefined();
    expect(hopLimitIn(control(word, 0, 2, 255, 1), word)).toBeUndefined();
    expect(hopLimitIn(control(word, 0, 2, 255, 999), word)).toBeUndefined();
  });

  test('comes to an end whatever the octets are', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => void hopLimitIn(octets, word)));
  });
});

describe.each<WordSize>([8, 4])('the interface at which a datagram arrived, with %d octets in a word,', (word) => {
  const header = word === 8 ? 16 : 12;
  function info(level: number, type: number, octets: number, at: number): Buffer {
    const bytes = Buffer.alloc(Math.ceil((header + octets) / word) * word);
    bytes.writeUInt32LE(header + octets, 0);
    bytes.writeInt32LE(level, word);
    bytes.writeInt32LE(type, word + 4);
    bytes.writeUInt32LE(70_000, header + at);
    return bytes;
  }

  test.each([
    ['IPv4', info(0, 8, 12, 0)],
    ['IPv6', info(41, 50, 20, 16)],
  ])('is in its control message (%s), beside the hop limit', (_, message) => {
    expect(linkIn(Buffer.concat([control(word, 0, 2, 64), message]), word)).toBe(70_000);
    expect(linkIn(message.subarray(0, message.length - word), word)).toBeUndefined();
    expect(linkIn(control(word, 0, 2, 64), word)).toBeUndefined();
  });
});

describe.each<[WordSize, number]>([
  [8, 35],
  [8, 64],
  [4, 64],
])('the arrival of a datagram, with %d octets in a word, in a message of type %d,', (word, type) => {
  const header = word === 8 ? 16 : 12;
  function arrived(length = header + 16): Buffer {
    const bytes = Buffer.alloc(header + 16);
    bytes.writeUInt32LE(length, 0);
    bytes.writeInt32LE(1, word);
    bytes.writeInt32LE(type, word + 4);
    bytes.writeBigUInt64LE(1_800_000_000n, header);
    bytes.writeBigUInt64LE(123_456_789n, header + 8);
    return bytes;
  }

  test('is found beside the hop limit, to the nanosecond as far as a number goes', () => {
    const both = Buffer.concat([arrived(), control(word, 0, 2, 64)]);
    expect(arrivalIn(both, word)).toBeCloseTo(1_800_000_000_123.4568, 3);
    expect(hopLimitIn(both, word)).toBe(64);
  });

  test('is not there where the message is none, or too short for it', () => {
    expect(arrivalIn(control(word, 0, 2, 64), word)).toBeUndefined();
    expect(arrivalIn(arrived(header + 8), word)).toBeUndefined();
  });
});

test('the address of a socket is that of its family, and none in any other', () => {
  expect(String(addressIn(Uint8Array.of(2, 0, 0, 179, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0)))).toBe('192.0.2.1');
  const v6 = new Uint8Array(28);
  v6.set([10, 0], 0);
  v6.set([0x20, 0x01, 0x0d, 0xb8], 8);
  v6[23] = 1;
  expect(String(addressIn(v6))).toBe('2001:db8::1');
  expect(addressIn(new Uint8Array(16))).toBeUndefined();
});
