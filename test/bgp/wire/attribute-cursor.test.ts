import fc from 'fast-check';
import { AttributeCursor } from '../../../lib/bgp/wire/attribute-cursor';

interface One {
  readonly type: number;
  readonly isWide: boolean;
  readonly length: number;
}

const anyOne = fc
  .record({ type: fc.integer({ min: 1, max: 255 }), isWide: fc.boolean(), length: fc.nat(300) })
  .map((one) => ({ ...one, isWide: one.isWide || one.length > 255 }));

const octetsOf = ({ type, isWide, length }: One): number[] => [
  ...[isWide ? 0xd0 : 0xc0, type],
  ...(isWide ? [length >>> 8, length & 255] : [length]),
  ...new Array<number>(length).fill(0x10),
];

/** What a cursor sees from `start` to `limit`. */
function walk(bytes: Uint8Array, start: number, limit: number) {
  const cursor = new AttributeCursor().start(bytes, start, limit);
  const seen: { type: number; flags: number; at: number; value: number; end: number }[] = [];
  while (cursor.next()) {
    const { type, flags, at, value, end } = cursor;
    seen.push({ type, flags, at, value, end });
  }
  return { seen, isDone: cursor.isDone, type: cursor.type };
}

describe('the cursor over path attributes', () => {
  test('goes from header to header, whatever stands before and behind', () => {
    fc.assert(
      fc.property(fc.array(anyOne, { maxLength: 8 }), fc.nat(9), (all, before) => {
        const octets = all.flatMap(octetsOf);
        const bytes = Uint8Array.from([...new Array<number>(before).fill(255), ...octets, 255, 255]);
        const { seen, isDone } = walk(bytes, before, before + octets.length);
        expect(isDone).toBe(true);
        expect(seen.map(({ type, value, end }) => [type, end - value])).toEqual(
          all.map(({ type, length }) => [type, length]),
        );
        expect(seen.map(({ at, value }) => value - at)).toEqual(all.map(({ isWide }) => (isWide ? 4 : 3)));
        expect(seen.every(({ flags }) => (flags & 0xef) === 0xc0)).toBe(true);
        for (const [i, { at }] of seen.entries()) expect(at).toBe(i === 0 ? before : seen[i - 1].end);
      }),
    );
  });

  test('stops before an attribute that is not whole, and knows its type where the header is', () => {
    fc.assert(
      fc.property(anyOne, anyOne, fc.nat(), (whole, cut, part) => {
        const first = octetsOf(whole);
        const second = octetsOf(cut);
        const left = 1 + (part % (second.length - 1));
        const { seen, isDone, type } = walk(Uint8Array.from([...first, ...second]), 0, first.length + left);
        expect(seen).toHaveLength(1);
        expect(isDone).toBe(false);
        expect(type).toBe(left < (cut.isWide ? 4 : 3) ? 0 : cut.type);
      }),
    );
  });

  test('finds an attribute among ascending ones', () => {
    const bytes = Uint8Array.from([0x40, 1, 1, 0, 0x40, 2, 0, 0x80, 4, 4, 0, 0, 0, 9]);
    const find = (type: number) => {
      const cursor = new AttributeCursor().start(bytes, 0, bytes.length);
      return cursor.find(type) ? [cursor.value, cursor.end] : undefined;
    };
    expect([1, 2, 3, 4, 5].map(find)).toEqual([[3, 4], [7, 7], undefined, [10, 14], undefined]);
  });
});
