import { unwrapHardReset } from '../wire/notification';
import { CEASE, ERROR } from '../wire/notification-codes';
import type { NotificationContent } from '../wire/verdict';
import type { SessionConfig } from './config';
import type { TransitionCause } from './connection';
import type { FsmState } from './fsm';
import { isReconfigured } from './graceful-restart';
import { backedOff } from './timers';

/** Seconds before the first attempt after a session was lost. */
const RECONNECT = 1;
/** Seconds before a neighbour that exceeded a limit may try again. */
export const TOO_MANY_IDLE_HOLD = 300;

/**
 * Seconds before we dial again after an attempt or a session ended in this state, for this cause; `damped`: a minimum
 * from damping.
 */
export function idleHoldTime(
  failures: number,
  from: FsmState,
  cause: TransitionCause,
  damped: number,
  { connectRetryTime }: SessionConfig,
): number {
  const isFresh = from === 'Established' && (failures < 2 || isReconfigured(cause));
  // RFC 4271 section 6.8: the neighbour has not noticed the end of the previous session yet.
  const isCollision = cause.received?.code === ERROR.cease && cause.received.subcode === CEASE.connectionCollision;
  return Math.max(damped, isFresh || isCollision ? RECONNECT : backedOff(connectRetryTime, Math.max(0, failures - 1)));
}

/** RFC 4486: whether a session was closed because the neighbour sent too much: prefixes, or memory. */
export function isTooMany(content: NotificationContent | undefined): boolean {
  const said = content && unwrapHardReset(content);
  return (
    said?.code === ERROR.cease && (said.subcode === CEASE.maximumPrefixes || said.subcode === CEASE.outOfResources)
  );
}

/** RFC 4486: whether a session was closed deliberately, to start another: not a failure, however often it happens. */
export function isDeliberate(content: NotificationContent | undefined): boolean {
  const said = content && unwrapHardReset(content);
  return (
    said?.code === ERROR.cease &&
    (said.subcode === CEASE.otherConfigurationChange || said.subcode === CEASE.administrativeReset)
  );
}
