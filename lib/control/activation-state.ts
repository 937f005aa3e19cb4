import type { Activation, TransactionState } from './transaction';
import { isSame } from './transaction';

/** State of an activation on a node. */
export type ActivationState = 'unheard' | 'staged' | 'unconfirmed' | 'confirmed' | 'undone';

/**
 * The state of an activation on a node. One that was only staged and then discarded never ran: it counts as unheard.
 */
export function standingOf(
  { confirmed, active, staged, returned }: Pick<TransactionState, 'confirmed' | 'active' | 'staged' | 'returned'>,
  activation: Activation,
): ActivationState {
  if (isSame(confirmed, activation)) return 'confirmed';
  if (isSame(active, activation)) return 'unconfirmed';
  if (isSame(staged, activation)) return 'staged';
  return isSame(returned, activation) ? 'undone' : 'unheard';
}
