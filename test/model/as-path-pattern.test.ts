import fc from 'fast-check';
import { AsPathPattern } from '../../lib/model/as-path-pattern';
import { Problem, sure } from '../../lib/model/problem';

const matches = (pattern: string, path: string) => sure(AsPathPattern.parse(pattern)).matches(path);

describe('a pattern over AS paths', () => {
  test.each([
    ['_65001_', '64512 65001 65002', true],
    ['_65001_', '65001', true],
    ['_65001_', '64512 {65000,65001}', true],
    ['_6500_', '65001', false],
    ['^64512_', '64512 65001', true],
    ['^64512_', '65001 64512', false],
    ['_65002$', '64512 65002', true],
    ['^$', '', true],
    ['^$', '65001', false],
    ['^65001( 65001)*$', '65001 65001 65001', true],
    ['^65001( 65001)*$', '65001 65002', false],
    ['^(64512|65001)_', '65001 7', true],
    ['^[0-9]+ [0-9]+$', '1 2', true],
    ['^[0-9]+ [0-9]+$', '1 2 3', false],
    ['^(?:65001 ?){2,3}$', '65001 65001', true],
    ['^(65001 ?){2,3}$', '65001', false],
    ['\\{65001,', '7 {65001,65002}', true],
    ['^[^6]', '65001', false],
    ['^\\d{5}$', '65001', true],
    ['65.01', '65101', true],
    ['_', '', true],
  ])('%j and the path %j: %s', (pattern, path, expected) => {
    expect(matches(pattern, path)).toBe(expected);
  });

  test.each([
    ...['', '(', ')', '(1', '[1', '[a]', '[]', 'a', '*', '1{', '1{65}', '1{3,2}', '\\1', '\\', '1}', '{1}', '(?=1)'],
    ...['('.repeat(200) + ')'.repeat(56), '1'.repeat(257), '((1{64}){64}){64}', 7, undefined],
  ])('%j is none', (input) => {
    const problem = AsPathPattern.parse(input);
    expect(problem instanceof Problem && problem.code).toBe('pattern');
  });

  test('says where the braces are that hold no count, and up to how many it may be', () => {
    expect(String(AsPathPattern.parse('12{65}'))).toContain('the braces at 2 do not hold a count up to 64');
  });

  test('that would keep a backtracking engine busy for ages is done with at once', () => {
    // By backtracking this takes 2^200 steps; here the run itself is the proof.
    for (const pattern of ['^(1+)+$', '^(1|1)*$', '^(1*)*$', '^(1?){64}1{64}$'])
      expect(matches(pattern, `${'1'.repeat(200)} `)).toBe(false);
  });

  test('finds what a regular expression of the language finds', () => {
    const atom = fc.constantFrom('1', '2', ' ', '.', '[12]', '[^1]', '^', '$', '\\d');
    const pattern = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        atom,
        fc.tuple(tie('node'), tie('node')).map(([a, b]) => a + b),
        fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a}|${b})`),
        fc.tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{2,}')).map(([a, by]) => `(${a})${by}`),
      ),
    })).node;
    const path = fc.array(fc.constantFrom('1', '2', ' '), { maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(pattern, path, (text, subject) => {
        expect([text, subject, matches(text, subject)]).toEqual([text, subject, new RegExp(text).test(subject)]);
      }),
      { numRuns: 2000 },
    );
  });
});
