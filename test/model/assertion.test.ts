import { assert, isChecking } from '../../lib/model/assertion';

test('invariants are checked in tests, and name what was violated', () => {
  expect(isChecking).toBe(true);
  assert(true, 'it holds');
  expect(() => assert(false, 'a prefix is in one chain')).toThrow('invariant violated: a prefix is in one chain');
});
