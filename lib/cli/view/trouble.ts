import type { SessionStatus } from '../../control/status';
import type { Cell } from '../terminal';

/**
 * What is amiss with a session: why it is down, or what its neighbour sends that is not used. What is over troubles
 * nobody.
 */
export function troubleOf({ state, down, unmet, lastError, routes }: SessionStatus): string {
  if (state !== 'Established') return down ?? lastError?.text ?? '';
  if (unmet !== undefined) return `a deploy waits: ${unmet}`;
  const martians = Object.values(routes).reduce((sum, { martians = 0 }) => sum + martians, 0);
  return martians === 0 ? '' : `martians not used: ${martians}`;
}

/** The state of a session, by whose colour one that should be up and is not is seen at once. */
export const stateCell = ({ state, expectsDown, isRetiring }: SessionStatus, text: string = state): Cell => ({
  text,
  style: state === 'Established' ? 'green' : expectsDown || isRetiring ? 'yellow' : 'red',
});
