import { amissOf, limitedOf, troubleOf } from '../../lib/control/amiss';
import type { BfdSessionStatus } from '../../lib/control/bfd-status';
import type { SessionStatus } from '../../lib/control/status';
import { totalsOf } from '../../lib/control/totals';
import { KERNEL, STATUS } from './answers';

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
  const stopped = { problem: 'connect ENOENT', stopped: '2026-01-01T00:00:00.000Z' };
  expect(amissOf({ sessions, kernel: KERNEL, bfd: stopped })).toEqual(['the BFD process was stopped permanently']);
});

test('a session that is up tells that BFD does not watch it', () => {
  expect(troubleOf(session({ state: 'Down' }))).toBe('BFD is Down');
  expect(troubleOf(session({ trouble: 'the BFD process does not respond' }))).toBe('the BFD process does not respond');
  expect(troubleOf(session({ state: 'Up' }))).toBe('');
});

test.each<[Partial<SessionStatus>, string]>([
  [{ notCarried: ['ipv6'] }, 'the neighbour does not carry ipv6 unicast'],
  [
    { noExtendedNextHop: ['ipv4'] },
    'the neighbour does not support IPv6 next hops for ipv4 unicast (extended next hop, RFC 8950)',
  ],
])('a session that carries less than configured says so, and is no reason for --check to fail: %j', (more, text) => {
  const short = session({ state: 'Up' }, more);
  const status = { ...STATUS, node: 'n1', sessions: [short, session({ state: 'Up' })], kernel: KERNEL };
  expect(troubleOf(short)).toBe(text);
  expect(amissOf(status)).toEqual([]);
  expect(limitedOf(status)).toEqual(['1 of 2 sessions carry less than configured']);
  expect(totalsOf([{ node: 'n1', status }]).problems).toEqual([
    { kind: 'short', text: `n1: session with 10.0.0.3 (peers.tor): ${text}` },
  ]);
});

test('a default route over the link of a session is reported with it', () => {
  const sessions = [session({ state: 'Up' }, { learnedDefault: 'a default route leads over eth1' })];
  expect(limitedOf({ sessions })).toEqual(['1 of 1 sessions over links with a learned default route']);
  expect(troubleOf(sessions[0])).toBe('a default route leads over eth1');
});

test('a session whose neighbour offers more, or that may be down, is not limited', () => {
  const sessions = [
    session({ state: 'Up' }, { alsoOffered: ['ipv6'] }),
    session({ state: 'Up' }, { notCarried: ['ipv6'], isUnnamed: true }),
  ];
  expect(limitedOf({ sessions })).toEqual([]);
  expect(troubleOf(sessions[0])).toBe('');
});

test('a session over a link without addresses tells who else is on the link, whether it is up or down', () => {
  const on = { linkLocal: 'fe80::a', otherStations: [{ address: 'fe80::b', advertises: true }], bfd: undefined };
  expect(troubleOf(session({}, on))).toContain('refused on the link: fe80::b');
  const down = { state: 'Idle', lastError: { at: '', text: 'no answer' } } as const;
  expect(troubleOf(session({}, { ...on, ...down }))).toMatch(/^no answer; fe80::a is tried; also on the link: fe80::b/);
});
