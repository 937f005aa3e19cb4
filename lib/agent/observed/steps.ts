import type { ObservedStep } from '../../control/observed';
import { type Activation, isSame, type TransactionState } from '../../control/transaction';

/** The steps of a deploy between two states. */
export function stepsBetween(
  before: TransactionState,
  after: TransactionState,
  activation: Activation,
): readonly ObservedStep[] {
  return (Object.keys(HOLDS) as ObservedStep[]).filter(
    (step) => !HOLDS[step](before, activation) && HOLDS[step](after, activation),
  );
}

const isConfirmed = ({ confirmed }: TransactionState, activation: Activation) => isSame(confirmed, activation);

/** The condition for each step. */
const HOLDS: Readonly<Record<ObservedStep, (state: TransactionState, activation: Activation) => boolean>> = {
  activated: ({ active }, activation) => isSame(active, activation),
  confirmed: isConfirmed,
  finalised: (state, activation) => isConfirmed(state, activation) && state.retiring?.phase !== 'kept',
  closed: (state, activation) =>
    isConfirmed(state, activation) && (state.retiring === null || state.retiring.phase === 'closed'),
  returned: ({ active, staged, confirmed }, activation) =>
    ![active, staged, confirmed].some((step) => isSame(step, activation)),
};
