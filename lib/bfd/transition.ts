import { DIAGNOSTIC, type State } from './packet';

/** What moves a session: the state in a packet of the remote system, or that none came for a detection time. */
export type TransitionTrigger = State | 'expired';

/**
 * A session's next state, and why; without that the previous diagnostic stays, so that the remote system learns why the
 * session was down.
 */
interface Transition {
  readonly state: State;
  readonly diagnostic?: number;
}

const down = (diagnostic: number): Transition => ({ state: 'Down', diagnostic });
const { none, detectionTimeExpired, neighborSignaledDown } = DIAGNOSTIC;
const init: Transition = { state: 'Init' };
const up: Transition = { state: 'Up', diagnostic: none };

/** By our state and what happened (RFC 5880 sections 6.2, 6.8.4 and 6.8.6); absent: the session stays as it is. */
const TRANSITIONS: Readonly<Record<State, Readonly<Partial<Record<TransitionTrigger, Transition>>>>> = {
  AdminDown: {},
  Down: { Down: init, Init: up },
  Init: { AdminDown: down(neighborSignaledDown), Init: up, Up: up, expired: down(detectionTimeExpired) },
  Up: {
    AdminDown: down(neighborSignaledDown),
    Down: down(neighborSignaledDown),
    expired: down(detectionTimeExpired),
  },
};

/** What becomes of a session in this state; undefined: nothing. */
export const transition = (state: State, cause: TransitionTrigger): Transition | undefined => TRANSITIONS[state][cause];
