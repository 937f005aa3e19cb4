import fc from 'fast-check';
import { Problem, sure } from '../../lib/model/problem';
import { Selector } from '../../lib/model/selector';

const matches = (text: string, labels: Record<string, string> = {}) => sure(Selector.parse(text)).matches(labels);
const canonical = (text: string) => sure(Selector.parse(text)).toString();
const mistake = (text: unknown) => {
  const problem = Selector.parse(text);
  return problem instanceof Problem ? `${problem.code}: ${problem.message}` : 'none';
};

describe('a selector', () => {
  test.each<[string, Record<string, string>[], Record<string, string>[]]>([
    ['', [{}, { rack: 'r1' }], []],
    ['all()', [{}], []],
    ['global( )', [{}], []],
    ['has(rack)', [{ rack: '' }], [{}]],
    ['!has(rack)', [{}], [{ rack: '' }]],
    ["rack == 'r1'", [{ rack: 'r1' }], [{}, { rack: 'R1' }, { rack: 'r11' }]],
    ["rack != 'r1'", [{}, { rack: 'r2' }], [{ rack: 'r1' }]],
    ['rack in {\'r1\', "r2"}', [{ rack: 'r1' }, { rack: 'r2' }], [{}, { rack: 'r3' }]],
    ["rack not in {'r1'}", [{}, { rack: 'r2' }], [{ rack: 'r1' }]],
    ['rack in {}', [], [{}, { rack: '' }]],
    ["name contains 'ea'", [{ name: 'leaf' }, { name: 'ea' }], [{}, { name: 'spine' }]],
    ["name starts with 'le'", [{ name: 'leaf' }], [{}, { name: 'sale' }]],
    ["name ends with 'af'", [{ name: 'leaf' }], [{}, { name: 'afar' }]],
    ["topology.example/zone-1 == 'x'", [{ 'topology.example/zone-1': 'x' }], [{}]],
  ])('%j chooses by labels', (text, chosen, others) => {
    for (const labels of chosen) expect([labels, matches(text, labels)]).toEqual([labels, true]);
    for (const labels of others) expect([labels, matches(text, labels)]).toEqual([labels, false]);
  });

  test('binds && closer than ||, and ! to one condition', () => {
    expect(canonical("a == '1' || b == '2' && !c == '3'")).toBe('(a == "1" || (b == "2" && !c == "3"))');
    expect(canonical("(a == '1' || b == '2') && c == '3'")).toBe('((a == "1" || b == "2") && c == "3")');
    expect(matches("!a == '1' && has(b)", { a: '2', b: '' })).toBe(true);
  });

  test('needs no blanks where words are clear, and takes tabs', () => {
    expect(canonical("\ta notin{'y','x','y',}&&b startswith'z' ")).toBe('(a not in {"x", "y"} && b starts with "z")');
  });

  test('has labels that are words of its own language', () => {
    expect(matches("in in {'in'} && has(all) && contains contains 'n'", { in: 'in', all: '', contains: 'ant' })).toBe(
      true,
    );
    expect(matches('has(toString) || has(constructor)')).toBe(false);
  });

  test('keeps quotes that a value holds', () => {
    expect(canonical(`a == '"' || a == "it's"`)).toBe(`(a == '"' || a == "it's")`);
  });

  test.each<[unknown, string]>([
    ['rack', 'the label rack is not followed by an operator at 4'],
    ['rack = 1', 'the label rack is not followed by an operator at 5'],
    ['rack == r1', 'a quoted value is missing at 8'],
    ["rack == 'r1", 'a quote is not closed at 8'],
    ["rack == 'r1' &", 'unexpected "&" at 13'],
    ["rack == 'r1' &&", 'a condition is missing at 15'],
    ["(rack == 'r1'", 'a ) is missing at 13'],
    ["rack == 'r1')", 'unexpected ")" at 12'],
    ['rack in "r1"', 'a set in braces is missing at 8'],
    ["rack in {'a' 'b'}", 'a } is missing at 13'],
    ['rack in {,}', 'a quoted value is missing at 9'],
    ['has()', 'a label is missing at 4'],
    ['has(rack', 'has( is not closed at 8'],
    ['has (rack)', 'the label has is not followed by an operator at 4'],
    ['all(x)', 'all( is not closed at 4'],
    ["host: == 'x'", 'the label host is not followed by an operator at 4'],
    ['all()\n&& has(a)', 'unexpected "\\n" at 5'],
  ])('%j is none, and the problem says where', (text, expected) => {
    expect(mistake(text)).toMatch(/^selector: /);
    expect(mistake(text).endsWith(expected)).toBe(true);
  });

  test('is not without measure', () => {
    expect(mistake(`has(${'k'.repeat(513)})`)).toMatch(/a label is longer than 512 characters at 4$/);
    expect(mistake(`${'('.repeat(1000)}all()`)).toMatch(/parentheses are nested too deeply at 65$/);
    expect(mistake(' '.repeat(5000))).toMatch(/not a string of up to 4096 characters$/);
  });

  test.each([7, null, undefined, {}])('%p is none', (input) => {
    expect(mistake(input)).toMatch(/^selector: .*not a string/);
  });

  test('is the same when read again from its one spelling', () => {
    const key = fc.constantFrom('a', 'b', 'app/tier', 'in', 'not');
    const value = fc.constantFrom('', 'x', 'xy', '"', "it's");
    const labels = fc.dictionary(key, value);
    const quote = (text: string) => (text.includes("'") ? `"${text}"` : `'${text}'`);
    const { selector } = fc.letrec<{ selector: string }>((tie) => ({
      selector: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('all()', 'global()'),
        key.map((k) => `has(${k})`),
        fc
          .tuple(key, fc.constantFrom('==', '!=', 'contains', 'starts with', 'ends with'), value)
          .map(([k, sign, v]) => `${k} ${sign} ${quote(v)}`),
        fc
          .tuple(key, fc.constantFrom('in', 'not in'), fc.array(value))
          .map(([k, sign, values]) => `${k} ${sign} {${values.map(quote).join(',')}}`),
        tie('selector').map((inner) => `!(${inner})`),
        fc
          .tuple(tie('selector'), fc.constantFrom('&&', '||'), tie('selector'))
          .map(([left, sign, right]) => `(${left}) ${sign} ${right}`),
      ),
    }));
    fc.assert(
      fc.property(selector, labels, (text, some) => {
        const spelling = canonical(text);
        expect(canonical(spelling)).toBe(spelling);
        expect(matches(spelling, some)).toBe(matches(text, some));
        expect(matches(`!(${text})`, some)).toBe(!matches(text, some));
      }),
    );
  });

  test('never throws', () => {
    const pieces = fc.constantFrom(
      'a',
      '==',
      "'x'",
      '"',
      '(',
      ')',
      '!',
      '&&',
      '||',
      'has(',
      'in',
      '{',
      '}',
      ',',
      ' ',
      'not',
      '%',
    );
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        const read = Selector.parse(parts.join(''));
        expect(read instanceof Problem || read.matches({ a: 'x' }) !== undefined).toBe(true);
      }),
    );
  });
});
