import { CEASE, ERROR, FSM_ERROR } from '../wire/notification-codes';
import type { EventName } from './event';

/** The states of RFC 4271 section 8.2.2, in order of progress. */
export const FSM_STATES = ['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established'] as const;
export type FsmState = (typeof FSM_STATES)[number];

/** The actions of a transition, in the order given. Parameters come with the event. */
export type Action =
  | 'dial'
  | 'drop'
  | 'notify'
  | 'sendOpen'
  | 'sendKeepalive'
  | 'startConnectRetry'
  | 'stopConnectRetry'
  | 'startDelayOpen'
  | 'startOpenHold'
  | 'agreeTimers'
  | 'restartHold'
  | 'restartKeepalive'
  | 'stopTimers'
  | 'countFailure'
  | 'forgetFailures'
  | 'update'
  | 'refresh';

interface Transition {
  readonly to: FsmState;
  readonly actions: readonly Action[];
  /** What `notify` sends if the event has no NOTIFICATION. */
  readonly notification?: { readonly code: number; readonly subcode: number };
}

type Row = Readonly<Record<EventName, Transition>>;

const go = (to: FsmState, ...actions: Action[]): Transition => ({ to, actions });
/** Ends the attempt without a NOTIFICATION: the connection is gone, or the neighbour has sent the last message. */
const end: Transition = go('Idle', 'stopTimers', 'drop', 'countFailure');
/** Ends it with the event's own NOTIFICATION, or the one given. */
const fail = (code: number, subcode: number): Transition => ({
  to: 'Idle',
  actions: ['notify', 'stopTimers', 'drop', 'countFailure'],
  notification: { code, subcode },
});
/** Ends it deliberately: not a failure to be damped. */
const stop: Transition = {
  to: 'Idle',
  actions: ['notify', 'stopTimers', 'drop', 'forgetFailures'],
  notification: { code: ERROR.cease, subcode: CEASE.administrativeShutdown },
};
const unexpected = {
  OpenSent: FSM_ERROR.inOpenSent,
  OpenConfirm: FSM_ERROR.inOpenConfirm,
  Established: FSM_ERROR.inEstablished,
};

const idle = go('Idle');
const connect = go('Connect');
const active = go('Active');

/** RFC 4271, Idle: refuses connections until started. */
const IDLE: Row = {
  ManualStart: go('Connect', 'forgetFailures', 'startConnectRetry', 'dial'),
  AutomaticStart: go('Connect', 'startConnectRetry', 'dial'),
  ManualStartPassive: go('Active', 'forgetFailures', 'startConnectRetry'),
  AutomaticStartPassive: go('Active', 'startConnectRetry'),
  ManualStop: idle,
  AutomaticStop: idle,
  ConnectRetryTimerExpires: idle,
  HoldTimerExpires: idle,
  KeepaliveTimerExpires: idle,
  DelayOpenTimerExpires: idle,
  TcpConnectionAcked: go('Idle', 'drop'), // no connection is expected here: it is closed
  TcpConnectionConfirmed: go('Idle', 'drop'),
  TcpConnectionConfirmedDelayed: go('Idle', 'drop'),
  TcpConnectionFails: idle,
  BgpOpen: idle,
  BgpOpenDelayed: idle,
  BgpHeaderError: idle,
  BgpOpenError: idle,
  OpenCollisionDump: idle,
  NotificationVersionError: idle,
  Notification: idle,
  Keepalive: idle,
  Update: idle,
  UpdateError: idle,
  SendHoldTimerExpires: idle,
  RouteRefresh: idle,
};

/** Common to Connect and Active: any message before our OPEN ends the attempt ("in response to any other event"). */
const WAITING = {
  AutomaticStop: end,
  HoldTimerExpires: end,
  KeepaliveTimerExpires: end,
  DelayOpenTimerExpires: go('OpenSent', 'stopConnectRetry', 'sendOpen', 'startOpenHold'),
  TcpConnectionAcked: go('OpenSent', 'stopConnectRetry', 'sendOpen', 'startOpenHold'),
  TcpConnectionConfirmed: go('OpenSent', 'stopConnectRetry', 'sendOpen', 'startOpenHold'),
  BgpOpen: end, // before our OPEN only BgpOpenDelayed can occur
  BgpOpenDelayed: go('OpenConfirm', 'stopTimers', 'sendOpen', 'sendKeepalive', 'agreeTimers'),
  // RFC 4271 section 8.1.1, attribute 14 (SendNOTIFICATIONwithoutOPEN): on, so that a neighbour learns why.
  BgpHeaderError: fail(ERROR.header, 0),
  BgpOpenError: fail(ERROR.open, 0),
  OpenCollisionDump: fail(ERROR.cease, CEASE.connectionCollision),
  NotificationVersionError: go('Idle', 'stopTimers', 'drop'),
  Notification: end,
  Keepalive: end,
  Update: end,
  UpdateError: end,
  SendHoldTimerExpires: end,
  RouteRefresh: end,
} as const;

/** RFC 4271, Connect: we dial. */
const CONNECT: Row = {
  ...WAITING,
  ManualStart: connect,
  AutomaticStart: connect,
  ManualStartPassive: connect,
  AutomaticStartPassive: connect,
  ManualStop: stop,
  ConnectRetryTimerExpires: go('Connect', 'drop', 'startConnectRetry', 'dial'),
  TcpConnectionConfirmedDelayed: go('Connect', 'stopConnectRetry', 'startDelayOpen'),
  TcpConnectionFails: end,
};

/** RFC 4271, Active: we wait for the neighbour to connect. */
const ACTIVE: Row = {
  ...WAITING,
  ManualStart: active,
  AutomaticStart: active,
  ManualStartPassive: active,
  AutomaticStartPassive: active,
  ManualStop: stop,
  ConnectRetryTimerExpires: go('Connect', 'startConnectRetry', 'dial'),
  TcpConnectionConfirmedDelayed: go('Active', 'stopConnectRetry', 'startDelayOpen'),
  TcpConnectionFails: end,
};

/**
 * Common to the three states after our OPEN: an unexpected message is an FSM Error with the state's subcode (RFC 6608).
 */
function opened(state: keyof typeof unexpected): Row {
  const stay = go(state);
  const wrong = fail(ERROR.finiteStateMachine, unexpected[state]);
  return {
    ManualStart: stay,
    AutomaticStart: stay,
    ManualStartPassive: stay,
    AutomaticStartPassive: stay,
    ManualStop: stop,
    AutomaticStop: fail(ERROR.cease, CEASE.otherConfigurationChange),
    ConnectRetryTimerExpires: wrong,
    HoldTimerExpires: fail(ERROR.holdTimerExpired, 0),
    KeepaliveTimerExpires: go(state, 'sendKeepalive', 'restartKeepalive'),
    DelayOpenTimerExpires: wrong,
    // A second TCP connection is the session's other connection (see session.ts); it cannot occur on this one.
    TcpConnectionAcked: stay,
    TcpConnectionConfirmed: stay,
    TcpConnectionConfirmedDelayed: stay,
    TcpConnectionFails: end,
    BgpOpen: wrong,
    BgpOpenDelayed: wrong,
    // "Any other event" is an FSM Error in Established, but section 6.1 requires every header error to be reported as
    // such.
    BgpHeaderError: fail(ERROR.header, 0),
    BgpOpenError: fail(ERROR.open, 0),
    OpenCollisionDump: fail(ERROR.cease, CEASE.connectionCollision),
    NotificationVersionError: go('Idle', 'stopTimers', 'drop'),
    // Section 8.2.2 specifies an FSM Error for OpenSent; but a NOTIFICATION is never answered with one (section 6.4).
    Notification: end,
    Keepalive: wrong,
    Update: wrong,
    UpdateError: wrong,
    SendHoldTimerExpires: fail(ERROR.sendHoldTimerExpired, 0),
    RouteRefresh: wrong,
  };
}

/** RFC 4271, OpenSent: our OPEN has been sent, theirs is awaited. */
const OPEN_SENT: Row = {
  ...opened('OpenSent'),
  KeepaliveTimerExpires: fail(ERROR.finiteStateMachine, FSM_ERROR.inOpenSent),
  TcpConnectionFails: go('Active', 'stopTimers', 'drop', 'startConnectRetry'),
  BgpOpen: go('OpenConfirm', 'stopTimers', 'sendKeepalive', 'agreeTimers'),
};

/** RFC 4271, OpenConfirm: both OPENs have been exchanged, the neighbour's KEEPALIVE is awaited. */
const OPEN_CONFIRM: Row = {
  ...opened('OpenConfirm'),
  Keepalive: go('Established', 'restartHold'),
};

/** RFC 4271, Established. */
const ESTABLISHED: Row = {
  ...opened('Established'),
  Keepalive: go('Established', 'restartHold'),
  Update: go('Established', 'update', 'restartHold'),
  UpdateError: fail(ERROR.update, 0),
  RouteRefresh: go('Established', 'refresh', 'restartHold'),
};

/**
 * The state machine of RFC 4271 section 8.2.2: one row for each state, one cell for each event; no cell is omitted. It
 * applies to one connection: a session runs one for the connection it dials and one for the connection it accepts
 * (section 8.2.1.2).
 */
export const FSM: Readonly<Record<FsmState, Row>> = {
  Idle: IDLE,
  Connect: CONNECT,
  Active: ACTIVE,
  OpenSent: OPEN_SENT,
  OpenConfirm: OPEN_CONFIRM,
  Established: ESTABLISHED,
};
