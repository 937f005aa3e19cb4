import { copy, write32, writeAttributeHeader, writeWord } from '../../../../lib/bgp/wire/attribute/octets';

const written = (write: (out: Uint8Array) => number) => {
  const out = new Uint8Array(16);
  return [...out.subarray(0, write(out))];
};

describe('parts of a path attribute', () => {
  test('have a length of one octet, or of two with the flag for it (RFC 4271 section 4.3)', () => {
    expect(written((out) => writeAttributeHeader(out, 0, 0x40, 2, 255))).toEqual([0x40, 2, 255]);
    expect(written((out) => writeAttributeHeader(out, 0, 0x40, 2, 256))).toEqual([0x50, 2, 1, 0]);
    expect(written((out) => writeAttributeHeader(out, 0, 0xc0, 8, 0xffff))).toEqual([0xd0, 8, 255, 255]);
  });
  test('are written in network order, beyond 31 bits as well', () => {
    expect(written((out) => writeWord(out, 0, 0xfedcba98))).toEqual([0xfe, 0xdc, 0xba, 0x98]);
    expect(written((out) => write32(out, 0, 0x80, 4, 4_294_967_295))).toEqual([0x80, 4, 4, 255, 255, 255, 255]);
  });
  test('are copied to a place', () => {
    expect(written((out) => copy(Uint8Array.of(1, 2, 3, 4), 1, 3, out, 2))).toEqual([0, 0, 2, 3]);
  });
});
