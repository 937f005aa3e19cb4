import { DIAGNOSTIC, type State } from './packet';

/** Triggers of a state transition: the state in a received packet, or expiry of the detection time. */
export type TransitionTrigger = State | 'expired';

/**
 * The next state and its diagnostic; without one the previous diagnostic is kept, so that the remote system learns why
 * the session was down.
 */
interface Transition {
  readonly state: State;
  readonly diagnostic?: number;
}

const down = (diagnostic: number): Transition => ({ state: 'Down', diagnostic });
const { none, detectionTimeExpired, neighborSignaledDown } = DIAGNOSTIC;
const init: Transition = { state: 'Init' };
const up: Transition = { state: 'Up', diagnostic: none };

/** By our state and trigger (RFC 5880 sections 6.2, 6.8.4 and 6.8.6). Absent: no transition. */
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

/** The transition from a state; undefined if there is none. */
export const transition = (state: State, cause: TransitionTrigger): Transition | undefined => TRANSITIONS[state][cause];
