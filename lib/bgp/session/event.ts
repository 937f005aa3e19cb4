/**
 * Every event of RFC 4271 section 8.1 by its name and number, with 29 from RFC 9687 and ROUTE-REFRESH (RFC 2918), which
 * has no number. `unused` explains why an event never occurs here; such events are not in the table of the state
 * machine.
 */
export const EVENTS = {
  ManualStart: { number: 1 },
  ManualStop: { number: 2 },
  AutomaticStart: { number: 3 },
  ManualStartPassive: { number: 4 },
  AutomaticStartPassive: { number: 5 },
  AutomaticStartDamped: { number: 6, unused: 'the idle hold timer restarts a session by 3' },
  AutomaticStartDampedPassive: { number: 7, unused: 'the idle hold timer restarts a session by 5' },
  AutomaticStop: { number: 8 },
  ConnectRetryTimerExpires: { number: 9 },
  HoldTimerExpires: { number: 10 },
  KeepaliveTimerExpires: { number: 11 },
  DelayOpenTimerExpires: { number: 12 },
  IdleHoldTimerExpires: { number: 13, unused: 'it comes as 3 or 5' },
  TcpConnectionValid: { number: 14, unused: 'half-open connections are the operating system’s affair' },
  TcpConnectionInvalid: { number: 15, unused: 'a connection from an unknown neighbour reaches no session' },
  TcpConnectionAcked: { number: 16 },
  TcpConnectionConfirmed: { number: 17 },
  /** 17 on a session that first waits for the neighbour's OPEN, which determines the AS numbers (DelayOpen). */
  TcpConnectionConfirmedDelayed: { number: 17 },
  TcpConnectionFails: { number: 18 },
  BgpOpen: { number: 19 },
  BgpOpenDelayed: { number: 20 },
  BgpHeaderError: { number: 21 },
  BgpOpenError: { number: 22 },
  OpenCollisionDump: { number: 23 },
  NotificationVersionError: { number: 24 },
  Notification: { number: 25 },
  Keepalive: { number: 26 },
  Update: { number: 27 },
  UpdateError: { number: 28 },
  SendHoldTimerExpires: { number: 29 },
  RouteRefresh: { number: undefined },
} as const satisfies Record<string, { number: number | undefined; unused?: string }>;

type Events = typeof EVENTS;

/** Events that occur here. */
export type EventName = {
  [Name in keyof Events]: Events[Name] extends { unused: string } ? never : Name;
}[keyof Events];
