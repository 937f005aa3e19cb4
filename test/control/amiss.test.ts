import { amissOf, troubleOf } from '../../lib/control/amiss';
import type { BfdSessionStatus } from '../../lib/control/bfd-status';
import type { SessionStatus } from '../../lib/control/status';
import { KERNEL } from './answers';

const session = (bfd: BfdSessionStatus, more: Partial<SessionStatus> = {}): SessionStatus => ({
  ...{ key: 'k', kind: 'global', origin: 'peers.tor', localAddress: '10.0.0.1', remoteAddress: '10.0.0.3', port: 179 },
  ...{ localAs: 64512, remoteAs: 65000, isInside: false, isRetiring: false, state: 'Established' },
  ...{ since: '2026-01-01T00:00:00.000Z', routes: {}, bfd },
  ...more,
});

test.each<[string, SessionStatus, string[]]>([
  ['a neighbour that BFD watches', session({ state: 'Up' }), []],
  ['one that is up and sends no BFD', session({ state: 'Down' }), ['1 of 1 BFD sessions not up']],
  ['one that shut BFD down', session({ state: 'Down', remote: { state: 'AdminDown', diagnostic: 7 } }), []],
  ['one whose session is down as well', session({ state: 'Down' }, { state: 'Idle' }), ['1 of 1 sessions down']],
  ['one that may be down', session({ state: 'Down' }, { expectsDown: true }), []],
])('%s: %#', (_, one, amiss) => {
  expect(amissOf({ sessions: [one], kernel: KERNEL })).toEqual(amiss);
});

test('a BFD process that does not respond is amiss once, and not with each session', () => {
  const sessions = [session({}), session({})];
  expect(amissOf({ sessions, kernel: KERNEL, bfd: { problem: 'connect ENOENT' } })).toEqual([
    'the BFD process does not respond: connect ENOENT',
  ]);
});

test('a session that is up tells that BFD does not watch it', () => {
  expect(troubleOf(session({ state: 'Down' }))).toBe('BFD is Down');
  expect(troubleOf(session({ trouble: 'the BFD process does not respond' }))).toBe('the BFD process does not respond');
  expect(troubleOf(session({ state: 'Up' }))).toBe('');
});
