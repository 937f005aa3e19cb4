import type { SessionStatus } from '../../control/status';
import type { Cell } from '../terminal';

/** The state of a session, by whose colour one that should be up and is not is seen at once. */
export const stateCell = ({ state, expectsDown, isRetiring }: SessionStatus, text: string = state): Cell => ({
  text,
  style: state === 'Established' ? 'green' : expectsDown || isRetiring ? 'yellow' : 'red',
});
