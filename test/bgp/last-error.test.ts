import type { SessionConfig } from '../../lib/bgp/session/config';
import { KEEPALIVE } from '../../lib/bgp/wire/keepalive';
import { encodeNotification, notification } from '../../lib/bgp/wire/notification';
import { openOf, Script } from './script';
import { sessionTo } from './simulation';

const NEIGHBOUR = '10.0.0.2';
const OTHER_AS = { acceptable: [{ localAs: 64999, remoteAs: 64512 }] };

/** A speaker that dials its neighbour. */
function dialling(more: Partial<SessionConfig> = {}): Script {
  const script = new Script();
  script.configure([sessionTo('10.0.0.1', NEIGHBOUR, { dial: 'first', ...more })]);
  return script;
}
const lastError = (script: Script) => script.speaker.status(script.now)[0].lastError?.text;
/** The next attempt to dial. */
function dials(script: Script): number {
  for (let seconds = 0; script.dialled.size === 0 && seconds < 600; seconds++) script.pass(1000);
  return [...script.dialled][0];
}
const fails = (script: Script, reason: string) => {
  const connection = dials(script);
  script.dialled.delete(connection);
  script.give({ kind: 'failed', connection, reason });
};

describe('the last error of a session', () => {
  test('is the wrong AS number that we found, with the number, not the connection that the neighbour closes next', () => {
    const script = dialling();
    const first = dials(script);
    script.opened(first);
    script.say(first, openOf(NEIGHBOUR, OTHER_AS));
    expect(lastError(script)).toBe('OPEN Message Error: Bad Peer AS (it is in AS 64999, not 64512)');
    const second = dials(script);
    script.opened(second);
    script.break(second);
    expect(lastError(script)).toBe('OPEN Message Error: Bad Peer AS (it is in AS 64999, not 64512)');
  });

  test('is the wrong AS number that the neighbour found, while it refuses connections for that', () => {
    const script = dialling();
    const first = dials(script);
    script.opened(first);
    script.say(first, encodeNotification(notification(2, 2)));
    fails(script, 'the neighbour refuses the connection');
    const { faults, lastError: cause } = script.speaker.status(script.now)[0];
    expect([cause?.text, faults.map(({ kind }) => kind)]).toEqual([
      'OPEN Message Error: Bad Peer AS (it does not expect this node in AS 64512)',
      ['said', 'network'],
    ]);
  });

  test('is forgotten when the session comes up: what ends it then is a cause of its own', () => {
    const script = dialling();
    const first = dials(script);
    script.opened(first);
    script.say(first, openOf(NEIGHBOUR, OTHER_AS));
    const second = dials(script);
    script.opened(second);
    script.say(second, openOf(NEIGHBOUR), KEEPALIVE);
    expect(script.speaker.status(script.now)[0].state).toBe('Established');
    script.break(second);
    expect(lastError(script)).toBe('the connection was closed');
  });

  test('is not the last NOTIFICATION, which is kept beside what came after it, a session that is up too', () => {
    const script = dialling();
    const last = () => script.speaker.status(script.now)[0].lastNotification;
    const first = dials(script);
    script.opened(first);
    script.say(first, openOf(NEIGHBOUR, OTHER_AS));
    fails(script, 'no route to the neighbour');
    expect(last()).toMatchObject({ direction: 'sent', code: 2, subcode: 2 });
    const second = dials(script);
    script.opened(second);
    script.say(second, openOf(NEIGHBOUR), KEEPALIVE);
    expect(last()).toMatchObject({ direction: 'sent', code: 2, subcode: 2 });
    script.say(second, encodeNotification(notification(6, 4)));
    expect(last()).toMatchObject({ direction: 'received', code: 6, subcode: 4 });
    expect(script.speaker.status(script.now)[0].faults).toHaveLength(1);
  });

  test('is forgotten when what is tried is another thing', () => {
    const script = dialling();
    const first = dials(script);
    script.opened(first);
    script.say(first, openOf(NEIGHBOUR, OTHER_AS));
    script.configure([
      sessionTo('10.0.0.1', NEIGHBOUR, { dial: 'first', acceptable: [{ localAs: 64512, remoteAs: 64999 }] }),
    ]);
    expect(lastError(script)).toBeUndefined();
    fails(script, 'no route to the neighbour');
    expect(lastError(script)).toBe('no route to the neighbour');
  });

  test('says that nothing answers, where the attempt is given up before the network says so', () => {
    const script = dialling();
    dials(script);
    expect(lastError(script)).toBeUndefined();
    script.pass(30_000);
    expect(lastError(script)).toBe('the neighbour does not respond');
  });

  test('says why we reset it', () => {
    const script = dialling();
    const first = dials(script);
    script.opened(first);
    script.say(first, openOf(NEIGHBOUR), KEEPALIVE);
    script.give({ kind: 'reset', session: `10.0.0.1 ${NEIGHBOUR} 179`, why: 'link eth0 is down' });
    expect(lastError(script)).toBe('Cease: Administrative Reset (link eth0 is down)');
  });
});
