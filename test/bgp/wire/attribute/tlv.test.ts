import { tlvsFit } from '../../../../lib/bgp/wire/attribute/tlv';

const fills = (
  octets: readonly number[],
  ...more: [1 | 2, ((type: number) => number)?, ((a: number, b: number) => boolean)?]
) => tlvsFit(Uint8Array.from(octets), 0, octets.length, ...more);

describe('TLVs', () => {
  test('fill an attribute exactly, or it is malformed', () => {
    expect(fills([], 2)).toBe(true);
    expect(fills([0, 1, 0, 2, 7, 7, 0, 2, 0, 0], 2)).toBe(true);
    expect(fills([0, 1, 0, 2, 7], 2)).toBe(false);
    expect(fills([0, 1, 0], 2)).toBe(false);
    expect(fills([0], 2)).toBe(false);
    expect(fills([0, 1, 0, 0, 9], 2)).toBe(false);
  });

  test('may have types of one octet, and a length whose size depends on the type', () => {
    expect(fills([1, 0, 1, 9], 1)).toBe(true);
    const lengthOctets = (type: number) => (type < 128 ? 1 : 2);
    expect(fills([1, 1, 9, 200, 0, 1, 9], 1, lengthOctets)).toBe(true);
    expect(fills([200, 1, 9], 1, lengthOctets)).toBe(false);
  });

  test('must each have a value that fits', () => {
    const isPair = (start: number, end: number) => end - start === 2;
    expect(fills([1, 0, 2, 0, 0], 1, undefined, isPair)).toBe(true);
    expect(fills([1, 0, 2, 0, 0, 1, 0, 1, 0], 1, undefined, isPair)).toBe(false);
  });
});
