import { EVENTS, type EventName } from '../../../lib/bgp/session/event';
import { FSM, FSM_STATES, type FsmState } from '../../../lib/bgp/session/fsm';

const USED_EVENTS = Object.entries(EVENTS).flatMap(([name, event]) => ('unused' in event ? [] : [name as EventName]));

/**
 * RFC 4271 section 8.2.2 once more, written down from the text: a cell says the next state and what is done of what can
 * be seen from outside. `.` is: stays, nothing done. Numbers are the NOTIFICATION, code/subcode (RFC 4486, 6608, 9687).
 */
// biome-ignore format: a matrix is read by its columns
const EXPECTED: Readonly<Record<EventName, readonly [string, string, string, string, string, string]>> = {
  //                              Idle            Connect                       Active                        OpenSent                 OpenConfirm              Established
  ManualStart:                   ['Connect dial', '.',                          '.',                          '.',                     '.',                     '.'],
  ManualStop:                    ['.',            'Idle drop',                  'Idle 6/2 drop',              'Idle 6/2 drop',         'Idle 6/2 drop',         'Idle 6/2 drop'],
  AutomaticStart:                ['Connect dial', '.',                          '.',                          '.',                     '.',                     '.'],
  ManualStartPassive:            ['Active',       '.',                          '.',                          '.',                     '.',                     '.'],
  AutomaticStartPassive:         ['Active',       '.',                          '.',                          '.',                     '.',                     '.'],
  AutomaticStop:                 ['.',            'Idle drop',                  'Idle drop',                  'Idle 6/6 drop',         'Idle 6/6 drop',         'Idle 6/6 drop'],
  ConnectRetryTimerExpires:      ['.',            'Connect drop dial',          'Connect dial',               'Idle 5/1 drop',         'Idle 5/2 drop',         'Idle 5/3 drop'],
  HoldTimerExpires:              ['.',            'Idle drop',                  'Idle drop',                  'Idle 4/0 drop',         'Idle 4/0 drop',         'Idle 4/0 drop'],
  KeepaliveTimerExpires:         ['.',            'Idle drop',                  'Idle drop',                  'Idle 5/1 drop',         'OpenConfirm keepalive', 'Established keepalive'],
  DelayOpenTimerExpires:         ['.',            'OpenSent open',              'OpenSent open',              'Idle 5/1 drop',         'Idle 5/2 drop',         'Idle 5/3 drop'],
  TcpConnectionAcked:            ['Idle drop',    'OpenSent open',              'OpenSent open',              '.',                     '.',                     '.'],
  TcpConnectionConfirmed:        ['Idle drop',    'OpenSent open',              'OpenSent open',              '.',                     '.',                     '.'],
  TcpConnectionConfirmedDelayed: ['Idle drop',    'Connect delay',              'Active delay',               '.',                     '.',                     '.'],
  TcpConnectionFails:            ['.',            'Idle drop',                  'Idle drop',                  'Active drop retry',     'Idle drop',             'Idle drop'],
  BgpOpen:                       ['.',            'Idle drop',                  'Idle drop',                  'OpenConfirm keepalive', 'Idle 5/2 drop',         'Idle 5/3 drop'],
  BgpOpenDelayed:                ['.',            'OpenConfirm open keepalive', 'OpenConfirm open keepalive', 'Idle 5/1 drop',         'Idle 5/2 drop',         'Idle 5/3 drop'],
  BgpHeaderError:                ['.',            'Idle 1/0 drop',              'Idle 1/0 drop',              'Idle 1/0 drop',         'Idle 1/0 drop',         'Idle 1/0 drop'],
  BgpOpenError:                  ['.',            'Idle 2/0 drop',              'Idle 2/0 drop',              'Idle 2/0 drop',         'Idle 2/0 drop',         'Idle 2/0 drop'],
  OpenCollisionDump:             ['.',            'Idle 6/7 drop',              'Idle 6/7 drop',              'Idle 6/7 drop',         'Idle 6/7 drop',         'Idle 6/7 drop'],
  NotificationVersionError:      ['.',            'Idle drop',                  'Idle drop',                  'Idle drop',             'Idle drop',             'Idle drop'],
  Notification:                  ['.',            'Idle drop',                  'Idle drop',                  'Idle drop',             'Idle drop',             'Idle drop'],
  Keepalive:                     ['.',            'Idle drop',                  'Idle drop',                  'Idle 5/1 drop',         'Established hold',      'Established hold'],
  Update:                        ['.',            'Idle drop',                  'Idle drop',                  'Idle 5/1 drop',         'Idle 5/2 drop',         'Established update hold'],
  UpdateError:                   ['.',            'Idle drop',                  'Idle drop',                  'Idle 5/1 drop',         'Idle 5/2 drop',         'Idle 3/0 drop'],
  SendHoldTimerExpires:          ['.',            'Idle drop',                  'Idle drop',                  'Idle 8/0 drop',         'Idle 8/0 drop',         'Idle 8/0 drop'],
  RouteRefresh:                  ['.',            'Idle drop',                  'Idle drop',                  'Idle 5/1 drop',         'Idle 5/2 drop',         'Established refresh hold'],
};

/** What of a transition the matrix speaks of. */
const VISIBLE: Readonly<Record<string, string>> = {
  dial: 'dial',
  drop: 'drop',
  sendOpen: 'open',
  sendKeepalive: 'keepalive',
  startDelayOpen: 'delay',
  restartHold: 'hold',
  update: 'update',
  refresh: 'refresh',
};

function seen(state: FsmState, event: EventName): string {
  const { to, actions, notification } = FSM[state][event];
  const done = actions.flatMap((action) => {
    // While a connection is being made, nobody can be told anything: it sends no NOTIFICATION in Connect by our
    // own stop.
    if (action === 'notify')
      return state === 'Connect' && event === 'ManualStop' ? [] : [`${notification?.code}/${notification?.subcode}`];
    if (action === 'startConnectRetry') return state === 'OpenSent' ? ['retry'] : [];
    return VISIBLE[action] ?? [];
  });
  return to === state && done.length === 0 ? '.' : [to, ...done].join(' ');
}

describe.each(FSM_STATES.map((state, i) => ({ state, i })))('in $state', ({ state, i }) => {
  test.each(USED_EVENTS)('%s', (event) => {
    expect(seen(state, event)).toBe(EXPECTED[event][i]);
  });
});

describe('the table', () => {
  test('has a row for every state and a cell for every event that occurs', () => {
    expect(Object.keys(FSM)).toEqual([...FSM_STATES]);
    for (const row of Object.values(FSM)) expect(Object.keys(row).sort()).toEqual([...USED_EVENTS].sort());
  });

  test('knows every event of RFC 4271 section 8.1 and RFC 9687 by its number, used or not', () => {
    const numbers = new Set(Object.values(EVENTS).map(({ number }) => number));
    for (let number = 1; number <= 29; number++) expect(numbers).toContain(number);
  });

  test('stops every timer where it goes to Idle from a connection, and counts what failed', () => {
    for (const state of FSM_STATES.slice(1))
      for (const event of USED_EVENTS) {
        const { to, actions } = FSM[state][event];
        if (to !== 'Idle') continue;
        expect(actions).toEqual(expect.arrayContaining(['stopTimers', 'drop']));
        expect(actions.includes('countFailure')).toBe(event !== 'ManualStop' && event !== 'NotificationVersionError');
      }
  });
});
