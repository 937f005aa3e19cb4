import { stepsBetween } from '../../../lib/agent/observed/steps';
import { INITIAL_STATE, type TransactionState } from '../../../lib/control/transaction';

const one = { release: 'sha256:1', activation: 7 };
const other = { release: 'sha256:0', activation: 6 };
const state = (held: object) => ({ ...INITIAL_STATE, ...held }) as unknown as TransactionState;

/** A deploy at one node, step by step. */
const STAGED = state({ staged: one, active: other, confirmed: other });
const ACTIVE = state({ active: one, confirmed: other, retiring: { ...other, phase: 'kept' } });
const CONFIRMED = state({ active: one, confirmed: one, retiring: { ...other, phase: 'kept' } });
const FINAL = state({ active: one, confirmed: one, retiring: { ...other, phase: 'draining' } });
const CLOSED = state({ active: one, confirmed: one, retiring: { ...other, phase: 'closed' } });
const BACK = state({ active: other, confirmed: other });

test.each([
  ['activated', STAGED, ACTIVE, ['activated']],
  ['confirmed', ACTIVE, CONFIRMED, ['confirmed']],
  ['finalised', CONFIRMED, FINAL, ['finalised']],
  ['closed', FINAL, CLOSED, ['closed']],
  ['undone', ACTIVE, BACK, ['returned']],
  ['forgotten while it was only staged', STAGED, BACK, ['returned']],
  ['left as it is', ACTIVE, ACTIVE, []],
  [
    'finalised and closed at once, where there is nothing to close',
    ACTIVE,
    state({ active: one, confirmed: one }),
    ['confirmed', 'finalised', 'closed'],
  ],
])('an activation was %s', (_, before, after, steps) => expect(stepsBetween(before, after, one)).toEqual(steps));
