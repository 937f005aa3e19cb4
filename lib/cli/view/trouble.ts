import type { SessionStatus } from '../../control/status';
import type { Cell } from '../terminal';

/** State of a session, coloured if it should be up and is not. */
export const stateCell = ({ state, expectsDown, isRetiring }: SessionStatus, text: string = state): Cell => ({
  text,
  style: state === 'Established' ? 'green' : expectsDown || isRetiring ? 'yellow' : 'red',
});
