import { KEEPALIVE } from '../../lib/bgp/wire/keepalive';
import { openOf, Script } from './script';
import { sessionTo } from './simulation';

const NEIGHBOUR = '10.0.0.2';
const GRACEFUL = { gracefulRestartTime: 120 };

/**
 * A session with a neighbour that sent this OPEN is reset for a new key: over what the neighbour retains routes, and
 * how the connection ends.
 */
function endOfReset(own: object, theirs: Parameters<typeof openOf>[1]) {
  const script = new Script();
  const session = sessionTo('10.0.0.1', NEIGHBOUR, { dial: 'first', ...own });
  script.configure([session]);
  const [connection] = script.dialled;
  script.opened(connection);
  script.say(connection, openOf(NEIGHBOUR, theirs), KEEPALIVE);
  expect(script.speaker.status(script.now)[0].state).toBe('Established');
  const reading = script.speaker.receivedBy([session.key], { prefixes: 1, octets: 1 });
  let step = reading.next();
  while (!step.done) step = reading.next();
  const { retains } = step.value.get(session.key)!;
  script.configure([{ ...session, authentication: 'k2' }]);
  return { retains, isOpen: script.open.has(connection), said: script.lastNotification(connection) };
}

describe('a session that is reset for a new configuration', () => {
  const SILENT = { retains: 'connection-loss', isOpen: false, said: undefined };
  const [HARDY, PLAIN] = ['notification', 'nothing'].map((retains) => ({ retains, isOpen: false, said: [6, 6] }));

  test.each([
    [
      'just closed where the neighbour retains our routes over that alone',
      GRACEFUL,
      { ...GRACEFUL, isBeforeRfc8538: true },
      SILENT,
    ],
    [
      'just closed where it only helps others to restart',
      GRACEFUL,
      { ...GRACEFUL, helpsOnly: true, isBeforeRfc8538: true },
      SILENT,
    ],
    ['ended with Cease where it retains them over a NOTIFICATION, too (RFC 8538)', GRACEFUL, GRACEFUL, HARDY],
    ['ended with Cease where it has no graceful restart', GRACEFUL, {}, PLAIN],
    ['ended with Cease where we have none', {}, { ...GRACEFUL, isBeforeRfc8538: true }, PLAIN],
  ])('is %s', (_, own, theirs, expected) => {
    expect(endOfReset(own, theirs)).toEqual(expected);
  });
});
