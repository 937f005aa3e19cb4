import { unwrapHardReset } from '../wire/notification';
import { CEASE, ERROR } from '../wire/notification-codes';
import type { NotificationContent } from '../wire/verdict';
import type { SessionConfig } from './config';
import type { State } from './fsm';
import { isReconfigured } from './graceful-restart';
import type { Cause } from './lane';
import { backedOff, MAX_RETRY_TIME } from './timers';

/** Seconds until the first attempt after a session was lost. */
const RECONNECT = 1;
/** Seconds until a neighbour that sent too many prefixes may try again. */
export const TOO_MANY_PAUSE = 300;

/**
 * Seconds for which connections of a neighbour are refused after one ended (DampPeerOscillations, RFC 4271 section 8.1.1). The
 * first failure costs nothing, nor does a new configuration; a neighbour that fails again and again is refused for longer and longer.
 */
export function acceptPause(failures: number, cause: Cause): number {
  const harmless = cause.event === 'OpenCollisionDump' || cause.event === 'TcpConnectionFails' || isReconfigured(cause);
  return harmless || failures < 2 ? 0 : Math.min(MAX_RETRY_TIME, 2 ** Math.min(failures - 2, 16));
}

/** Seconds until we dial again after an attempt or a session ended in this state, for this cause. */
export function dialPause(failures: number, from: State, cause: Cause, { connectRetryTime }: SessionConfig): number {
  if (from === 'Established' && (failures < 2 || isReconfigured(cause))) return RECONNECT;
  // RFC 4271 section 6.8: the neighbour has not seen the end of the session before, which is on its way to it.
  if (cause.received?.code === ERROR.cease && cause.received.subcode === CEASE.connectionCollision) return RECONNECT;
  return backedOff(connectRetryTime, Math.max(0, failures - 1));
}

/** RFC 4486: whether a session ended for too many prefixes. */
export function isTooMany(content: NotificationContent | undefined): boolean {
  const said = content && unwrapHardReset(content);
  return said?.code === ERROR.cease && said.subcode === CEASE.maximumPrefixes;
}

/** RFC 4486: whether somebody ended the session on purpose, to begin another: that is no failure, however often it happens. */
export function isDeliberate(content: NotificationContent | undefined): boolean {
  const said = content && unwrapHardReset(content);
  return (
    said?.code === ERROR.cease &&
    (said.subcode === CEASE.otherConfigurationChange || said.subcode === CEASE.administrativeReset)
  );
}
