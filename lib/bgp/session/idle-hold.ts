import { unwrapHardReset } from '../wire/notification';
import { CEASE, ERROR } from '../wire/notification-codes';
import type { NotificationContent } from '../wire/verdict';
import type { SessionConfig } from './config';
import type { TransitionCause } from './connection';
import type { FsmState } from './fsm';
import { isReconfigured } from './graceful-restart';
import { backedOff } from './timers';

/** Seconds until the first attempt after a session was lost. */
const RECONNECT = 1;
/** Seconds until a neighbour that went over a limit may try again. */
export const TOO_MANY_IDLE_HOLD = 300;

/**
 * Seconds until we dial again after an attempt or a session ended in this state, for this cause; `damped`: what its
 * damping says, at least.
 */
export function idleHoldTime(
  failures: number,
  from: FsmState,
  cause: TransitionCause,
  damped: number,
  { connectRetryTime }: SessionConfig,
): number {
  const isFresh = from === 'Established' && (failures < 2 || isReconfigured(cause));
  // RFC 4271 section 6.8: the neighbour has not seen the end of the session before, which is on its way to it.
  const isCollision = cause.received?.code === ERROR.cease && cause.received.subcode === CEASE.connectionCollision;
  return Math.max(damped, isFresh || isCollision ? RECONNECT : backedOff(connectRetryTime, Math.max(0, failures - 1)));
}

/** RFC 4486: whether a session ended for more than the neighbour may send: prefixes, or what takes memory. */
export function isTooMany(content: NotificationContent | undefined): boolean {
  const said = content && unwrapHardReset(content);
  return (
    said?.code === ERROR.cease && (said.subcode === CEASE.maximumPrefixes || said.subcode === CEASE.outOfResources)
  );
}

/**
 * RFC 4486: whether somebody ended the session on purpose, to begin another: that is not a failure, however often it
 * happens.
 */
export function isDeliberate(content: NotificationContent | undefined): boolean {
  const said = content && unwrapHardReset(content);
  return (
    said?.code === ERROR.cease &&
    (said.subcode === CEASE.otherConfigurationChange || said.subcode === CEASE.administrativeReset)
  );
}
