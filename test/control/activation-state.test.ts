import { standingOf } from '../../lib/control/activation-state';
import type { TransactionState } from '../../lib/control/transaction';

const one = { release: 'sha256:1', activation: 7 };
const other = { release: 'sha256:2', activation: 8 };
const state = (held: object) =>
  ({ confirmed: null, active: null, staged: null, returned: null, ...held }) as unknown as TransactionState;

test.each([
  ['confirmed', { confirmed: one, active: one }],
  ['unconfirmed', { confirmed: other, active: one }],
  ['staged', { confirmed: other, active: other, staged: one }],
  ['undone', { active: other, returned: { ...one, reason: 'x' } }],
  ['unheard', { active: other, staged: other, returned: { ...other, reason: 'x' } }],
  ['unheard', {}],
])('an activation is %s', (is, held) => expect(standingOf(state(held), one)).toBe(is));

test('the same release under another number is another activation', () => {
  expect(standingOf(state({ active: { ...one, activation: 9 } }), one)).toBe('unheard');
});
