import fc from 'fast-check';
import { codeSpan, printable, printableJson, printableLines } from '../../lib/model/printable';

/** What may not reach a terminal, told by numbers and apart from how the code has it. */
const isUnseen = (text: string): boolean =>
  [...text].some((character) => {
    const point = character.codePointAt(0)!;
    return (
      point < 0x20 ||
      (point >= 0x7f && point < 0xa0) ||
      [0xad, 0x61c, 0xfeff, 0x2028, 0x2029].includes(point) ||
      (point >= 0x200b && point <= 0x200f) ||
      (point >= 0x202a && point <= 0x202e) ||
      (point >= 0x2060 && point <= 0x206f) ||
      (point >= 0xd800 && point < 0xe000) ||
      (point >= 0xe0000 && point < 0xe1000)
    );
  });

/** Texts full of what is not seen, and of its relatives. */
const foreign = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0x10ffff }),
      fc.integer({ min: 0, max: 0xa0 }),
      fc.integer({ min: 0x2000, max: 0x2070 }),
      fc.integer({ min: 0xd7f0, max: 0xe010 }),
      fc.integer({ min: 0xe0000, max: 0xe1000 }),
      fc.constantFrom(0xad, 0x61c, 0xfeff, 0x60, 0x5c),
    ),
    { maxLength: 60 },
  )
  .map((points) => points.map((point) => String.fromCodePoint(point)).join(''));

describe('foreign text', () => {
  test('is one line in which all is seen', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        expect(isUnseen(printable(text))).toBe(false);
      }),
      { seed: 21, numRuns: 3000 },
    );
  });

  test('keeps its lines where it has some, and nothing else that is not seen', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        const shown = printableLines(text);
        expect(isUnseen(shown.replaceAll('\n', ''))).toBe(false);
        expect(shown.split('\n')).toHaveLength(text.split('\n').length);
      }),
      { seed: 21, numRuns: 1000 },
    );
  });

  test('as JSON says the same, and all in it is seen', () => {
    fc.assert(
      fc.property(foreign, fc.constantFrom(undefined, 2), (text, indent) => {
        const json = printableJson(JSON.stringify({ [text]: [text, 1] }, null, indent));
        expect(isUnseen(json.replaceAll('\n', ''))).toBe(false);
        expect(JSON.parse(json)).toEqual({ [text]: [text, 1] });
      }),
      { seed: 21, numRuns: 1000 },
    );
  });

  test('stays as it is where it is plain, and when it was made printable before', () => {
    for (const plain of ['', 'node1', 'Grüße aus Köln, 東京 😀', 'a\\b|c`d']) expect(printable(plain)).toBe(plain);
    fc.assert(
      fc.property(foreign, (text) => {
        expect(printable(printable(text))).toBe(printable(text));
      }),
      { seed: 21 },
    );
  });

  test.each([
    ['an escape sequence', '\u001b[2J', '\\u001b[2J'],
    ['the same as one character of C1', '\u009b2J', '\\u009b2J'],
    ['DEL', '\u007f', '\\u007f'],
    ['what overwrites the line', 'a\rb\bc', 'a\\rb\\u0008c'],
    ['a line of its own', 'ok\n2026-01-01 info  all is well', 'ok\\n2026-01-01 info  all is well'],
    ['the ends of lines of Unicode', '\u0085\u2028\u2029', '\\u0085\\u2028\\u2029'],
    ['what turns the direction', '\u202egnp.exe\u2066\u200f', '\\u202egnp.exe\\u2066\\u200f'],
    ['what has no width', 'no\u200bde\ufeff1\u00ad', 'no\\u200bde\\ufeff1\\u00ad'],
    ['half of a pair', '\ud800x', '\\ud800x'],
    ['a tag', '\u{e0041}', '\\udb40\\udc41'],
  ])('shows %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('is cut where it is too long, not within a character, and says how much is missing', () => {
    expect(printable('x'.repeat(1005))).toBe(`${'x'.repeat(1000)}… (5 more characters)`);
    expect(printable('ab😀c', 3)).toBe('ab… (3 more characters)');
    expect(printable('abc', 3)).toBe('abc');
  });
});

describe('foreign text in Markdown', () => {
  test.each([
    ['HTML', '<img src=x onerror=alert(1)>', '`<img src=x onerror=alert(1)>`'],
    ['a mention', '@everyone', '`@everyone`'],
    ['a link', '[click](javascript:x) https://evil.example', '`[click](javascript:x) https://evil.example`'],
    ['the end of a code span', 'a`b``c', '``` a`b``c ```'],
    ['a cell', 'a|b', '`a|b`'],
    ['a heading', '\n# Approved', '`\\n# Approved`'],
    ['blanks at its ends', ' a ', '`  a  `'],
    ['nothing', '', '`  `'],
  ])('is a code span that holds %s', (_, text, shown) => {
    expect(codeSpan(text)).toBe(shown);
  });

  test('never leaves its code span', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('`', 'a', ' ', '|', '<', '\n') }), (text) => {
        const [, fence, inner] = /^(`+)([\s\S]*?[^`])\1$/.exec(codeSpan(text))!;
        // no run of ticks within is as long as the fence
        expect((inner.match(/`+/g) ?? []).map((run) => run.length)).not.toContain(fence.length);
        expect(inner).not.toContain('\n');
      }),
      { seed: 21, numRuns: 1000 },
    );
  });
});
