import fc from 'fast-check';
import { isLike, mayMeet } from '../../lib/model/interface-pattern';

test.each([
  ['cali*', 'cali0a1b', true],
  ['cali*', 'eth0', false],
  ['eth0', 'eth0', true],
  ['eth0', 'eth01', false],
  ['*', 'anything', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c', false],
  ['ab*ba', 'aba', false],
  ['*b*b*', 'ab', false],
  ['a.c', 'abc', false],
  // As in systemd-networkd and the shell: a VLAN interface matches.
  ['eth*', 'eth0.100', true],
  ['eth*.100', 'eth0', false],
])('pattern %s and name %s: %s', (pattern, name, answer) => {
  expect(isLike(name, pattern)).toBe(answer);
});

test('a pattern does as a regular expression does', () => {
  const word = (max: number) =>
    fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: max }).map((letters) => letters.join(''));
  fc.assert(
    fc.property(word(6), word(8), (pattern, text) => {
      const name = text.replaceAll('*', '');
      expect(isLike(name, pattern)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name));
    }),
    { numRuns: 1000 },
  );
});

test('two patterns meet where some name matches both', () => {
  const word = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 5 }).map((letters) => letters.join(''));
  const names = [''];
  for (const name of names) if (name.length < 8) names.push(`${name}a`, `${name}b`);
  fc.assert(
    fc.property(word, word, (one, other) => {
      expect(mayMeet(one, other)).toBe(names.some((name) => isLike(name, one) && isLike(name, other)));
    }),
    { seed: 1, numRuns: 300 },
  );
});
