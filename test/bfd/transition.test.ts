import type { State } from '../../lib/bfd/packet';
import { type TransitionTrigger, transition } from '../../lib/bfd/transition';

/** By our state, then by what happened: RFC 5880 section 6.8.6, and 6.8.4 for silence; the number is the diagnostic. */
const RULES: readonly (readonly [State, TransitionTrigger, State | '-', number?])[] = [
  ['AdminDown', 'AdminDown', '-'],
  ['AdminDown', 'Down', '-'],
  ['AdminDown', 'Init', '-'],
  ['AdminDown', 'Up', '-'],
  ['AdminDown', 'expired', '-'],
  ['Down', 'AdminDown', '-'],
  ['Down', 'Down', 'Init'],
  ['Down', 'Init', 'Up', 0],
  ['Down', 'Up', '-'],
  ['Down', 'expired', '-'],
  ['Init', 'AdminDown', 'Down', 3],
  ['Init', 'Down', '-'],
  ['Init', 'Init', 'Up', 0],
  ['Init', 'Up', 'Up', 0],
  ['Init', 'expired', 'Down', 1],
  ['Up', 'AdminDown', 'Down', 3],
  ['Up', 'Down', 'Down', 3],
  ['Up', 'Init', '-'],
  ['Up', 'Up', '-'],
  ['Up', 'expired', 'Down', 1],
];

for (const [state, cause, to, diagnostic] of RULES)
  test(`a session that is ${state}, by ${cause}, ${to === '-' ? 'stays as it is' : `becomes ${to}`}`, () => {
    const next = transition(state, cause);
    if (to === '-') expect(next).toBeUndefined();
    else expect(next).toEqual({ state: to, ...(diagnostic !== undefined && { diagnostic }) });
  });
