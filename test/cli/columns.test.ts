import fc from 'fast-check';
import { bandsOf, folded, widthsOf, wrapped } from '../../lib/cli/columns';

const words = fc.stringMatching(/^[a-z]{1,8}( [a-z]{1,8}){0,5}$/);

describe('a cell that wraps', () => {
  test('has lines no longer than its width, and all of its words', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 8, max: 20 }), (text, width) => {
        const lines = wrapped(text, width);
        expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
        expect(lines.join(' ')).toBe(text);
      }),
    );
  });
  test('breaks a word that is longer than a line', () => {
    expect(wrapped('abcdefgh', 3)).toEqual(['abc', 'def', 'gh']);
  });
});

describe('columns', () => {
  const rows = [
    ['name', 'why'],
    ['n1', 'a long text of many words'],
  ];
  test('are as wide as their widest cells where there is room', () => {
    expect(widthsOf(rows)).toEqual([4, 25]);
    expect(bandsOf(rows)).toEqual([{ from: 0, to: 2, widths: [4, 25] }]);
  });
  test('take the room, the widest giving way first, with words whole while they can be', () => {
    expect(widthsOf(rows, 20)).toEqual([4, 14]);
    const [name, why] = widthsOf(rows, 5);
    expect(name + 2 + why).toBe(5);
  });
  test('are below the first where there is no room beside them, each in one band', () => {
    const table = fc.array(fc.tuple(words, words, words, words), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(table, fc.integer({ min: 24, max: 80 }), (cells, room) => {
        const bands = bandsOf(cells, room, 2);
        expect(bands.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))).toEqual([
          0, 1, 2, 3,
        ]);
        for (const { from, to, widths } of bands) expect(widths).toHaveLength(to - from);
      }),
    );
  });
});

test('a long line continues below, to the right', () => {
  expect(folded('one two three', undefined, 2)).toBe('one two three');
  expect(folded('one two three', 13, 2)).toBe('one two three');
  expect(folded('one two three', 8, 2)).toBe('one two\n  three');
});
