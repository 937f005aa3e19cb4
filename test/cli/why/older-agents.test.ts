import { downByWords, errorsInWords, isLoopedInWords } from '../../../lib/cli/why/older-agents';
import type { RouteStatus, SessionStatus } from '../../../lib/control/status';

const at = '2026-01-01T00:00:00.000Z';
const session = (text: string, more: Partial<SessionStatus> = {}) =>
  ({ lastError: { at, text }, ...more }) as SessionStatus;

describe('an error of an agent of 0.1', () => {
  test.each([
    ['local: the neighbour refused the connection: nothing is listening on its port', 'refused'],
    ['local: no route to the neighbour', 'unreachable'],
    ['local: the neighbour does not respond', 'silence'],
    ['local: this machine does not have the local address', 'own-address'],
    ['local: signed packets arrive: the neighbour may have a key', 'signature'],
    ['local: packets with too low a TTL arrive', 'ttl'],
  ])('%s is %s', (text, reason) => expect(errorsInWords(session(text)).cause).toMatchObject({ text, reason }));

  test('has the codes of the NOTIFICATION that it names', () => {
    const { cause, since } = errorsInWords(
      session('sent: OPEN Message Error: Bad Peer AS (x); now: no route to the neighbour'),
    );
    expect(cause).toMatchObject({ code: 2, subcode: 2 });
    expect(cause).not.toHaveProperty('reason');
    expect(since).toMatchObject({ reason: 'unreachable' });
  });

  test('is what the agent lists under the same words', () => {
    const error = { at, kind: 'ours', direction: 'local', text: 'link eth1 is down' } as const;
    const { cause } = errorsInWords(session('local: link eth1 is down', { errors: [error] }));
    expect(cause).toEqual({ ...error, reason: 'own-address' });
  });

  test('is none where there is none, and of no kind where the words are not known', () => {
    expect(errorsInWords({} as SessionStatus)).toEqual({});
    expect(errorsInWords(session('local: EWHATEVER')).cause).toEqual({ text: 'local: EWHATEVER' });
  });
});

test.each([
  ['administratively down', 'admin-down'],
  ['the secret file:/x cannot be read', 'secret'],
  ['more than 2 prefixes: retrying in 291 s', 'prefix-limit'],
  ['more than 500 MB of memory: x', 'prefix-limit'],
  ['it comes and goes', undefined],
])('"%s" is kept down by %s', (down, by) => expect(downByWords({ down } as SessionStatus)).toBe(by));

test('a shutdown in the fabric may have any words', () => {
  expect(downByWords({ down: 'maintenance', isAdminDown: true } as SessionStatus)).toBe('admin-down');
});

test('a path that went through this AS says so', () => {
  expect(isLoopedInWords({ reason: 'the AS number of this node is in AS_PATH' } as RouteStatus)).toBe(true);
  expect(isLoopedInWords({} as RouteStatus)).toBe(false);
});
