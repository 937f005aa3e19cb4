import fc from 'fast-check';
import { checkNlri, decodeNlri, encodeNlri, NlriCursor, prefixOf } from '../../../lib/bgp/wire/nlri';
import { OctetWriter } from '../../../lib/bgp/wire/octets';
import { nlriOf, octets } from './arbitraries';

const FAMILIES = ['ipv4', 'ipv6'] as const;
const familyAndAddPath = fc.tuple(fc.constantFrom(...FAMILIES), fc.boolean());

describe('NLRI', () => {
  test('prefixes of both families, with path identifiers or without, are read as they were written', () => {
    fc.assert(
      fc.property(
        familyAndAddPath.chain(([family, addPath]) =>
          fc.tuple(fc.constant(family), fc.constant(addPath), nlriOf(family, addPath)),
        ),
        ([family, addPath, routes]) => {
          const out = new OctetWriter();
          encodeNlri(routes, addPath, out);
          const bytes = out.toBytes();
          expect(decodeNlri(bytes, 0, bytes.length, family, addPath)).toEqual(routes);
        },
      ),
    );
  });

  test('bits behind the length do not count', () => {
    expect(decodeNlri(octets('09 0aff'), 0, 3, 'ipv4', false)![0].prefix.toString()).toBe('10.128.0.0/9');
    expect(decodeNlri(octets('21 20010db8 ff'), 0, 6, 'ipv6', false)![0].prefix.toString()).toBe('2001:db8:8000::/33');
  });

  test.each([
    ['longer than an address', '21 0a000000 00', 'ipv4', false],
    ['longer than the field', '18 0a00', 'ipv4', false],
    ['without its octets', '81', 'ipv6', false],
    ['a path identifier and nothing behind it', '00000001', 'ipv4', true],
    ['half a path identifier', '0000', 'ipv4', true],
  ] as const)('a prefix %s is malformed', (_, text, family, addPath) => {
    const bytes = octets(text);
    expect(decodeNlri(bytes, 0, bytes.length, family, addPath)).toBeUndefined();
  });

  test('the cursor says of any octets that pass the check what the plain reading says, and looks at none beyond', () => {
    fc.assert(
      fc.property(
        familyAndAddPath,
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array(),
        ([family, addPath], field, behind) => {
          const bits = family === 'ipv4' ? 32 : 128;
          const correct = checkNlri(field, 0, field.length, bits, addPath);
          const bytes = Uint8Array.of(...field, ...behind);
          expect(checkNlri(bytes, 0, field.length, bits, addPath)).toBe(correct);
          expect(decodeNlri(bytes, 0, field.length, family, addPath)).toEqual(
            correct ? plainly(field, bits, addPath) : undefined,
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test('the cursor can be used again', () => {
    const cursor = new NlriCursor();
    cursor.start(octets('80 20010db8000000000000000000000001'), 0, 17, false);
    expect([cursor.next(), cursor.length, cursor.word3, cursor.next()]).toEqual([true, 128, 1, false]);
    cursor.start(octets('08 0a'), 0, 2, false);
    expect([cursor.next(), cursor.length, cursor.word0, cursor.word3]).toEqual([true, 8, 0x0a000000, 0]);
  });
});

/** As {@link decodeNlri}, octet by octet. */
function plainly(field: Uint8Array, bits: number, addPath: boolean) {
  const all = [];
  for (let at = 0; at < field.length; ) {
    const pathId = addPath ? new DataView(field.buffer, field.byteOffset).getUint32(at) : 0;
    if (addPath) at += 4;
    const length = field[at++];
    const full = new Uint8Array(16);
    for (let i = 0; 8 * i < length; i++) full[i] = field[at++] & (0xff00 >> Math.min(8, length - 8 * i));
    const view = new DataView(full.buffer);
    const words = [0, 4, 8, 12].map((word) => view.getInt32(word)) as [number, number, number, number];
    const prefix = prefixOf(bits === 32 ? 'ipv4' : 'ipv6', ...words, length);
    all.push(addPath ? { prefix, pathId } : { prefix });
  }
  return all;
}
