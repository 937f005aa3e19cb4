import type { SessionConfig } from '../../lib/bgp/session/config';
import type { BfdVerdict } from '../../lib/bgp/session/session';
import { KEEPALIVE } from '../../lib/bgp/wire/keepalive';
import { openOf, Script } from './script';
import { sessionTo } from './simulation';

const NEIGHBOUR = '10.0.0.2';
const GRACEFUL = { gracefulRestartTime: 120 };
const BFD: NonNullable<SessionConfig['bfd']> = {
  ...{ transmitInterval: 300, receiveInterval: 300, detectMultiplier: 3, passive: false },
  ...{ multihop: false, minimumTtl: 255, strict: false },
};
const CEASE_BFD_DOWN = [6, 10];
const HARD_RESET = [6, 9];

let script: Script;
let session: SessionConfig;

function configure(more: Partial<SessionConfig> = {}): void {
  script = new Script();
  session = sessionTo('10.0.0.1', NEIGHBOUR, { dial: 'first', bfd: BFD, ...more });
  script.configure([session]);
}

/** Answers the connection. */
function comeUp(theirs: Parameters<typeof openOf>[1] = {}): number {
  const connection = [...script.dialled].at(-1)!;
  script.opened(connection);
  script.say(connection, openOf(NEIGHBOUR, theirs), KEEPALIVE);
  expect(status().state).toBe('Established');
  return connection;
}

const status = () => script.speaker.status(script.now)[0];
const bfd = (verdict: BfdVerdict, outlives = true) =>
  script.give({ kind: 'bfd', session: session.key, verdict, outlives, why: 'no packet for 900 ms' });

describe('a session that is up', () => {
  test('is ended with Cease/BFD Down where BFD goes down (RFC 9384), and connects again', () => {
    configure();
    const connection = comeUp();
    bfd('up');
    bfd('down');
    expect(script.lastNotification(connection)).toEqual(CEASE_BFD_DOWN);
    expect(script.open.has(connection)).toBe(false);
    expect(status().lastError).toMatchObject({ direction: 'sent', text: expect.stringContaining('no packet for 900') });
    script.pass(10_000);
    expect(script.dialled.size).toBe(1);
  });

  test('keeps none of its routes, whatever was agreed of graceful restart', () => {
    configure(GRACEFUL);
    const connection = comeUp(GRACEFUL);
    bfd('up');
    bfd('down');
    expect(script.lastNotification(connection)).toEqual(HARD_RESET);
    expect(status().retaining).toBe(false);
  });

  test.each<[string, BfdVerdict[]]>([
    ['was never up', ['down']],
    ['is AdminDown at either end', ['up', 'unknown']],
    ['is AdminDown, and then down', ['up', 'unknown', 'down']],
    ['is up', ['up', 'up']],
    ['is watched by nobody', ['up', 'absent']],
    ['is watched by nobody, and then says nothing', ['up', 'absent', 'unknown', 'down']],
  ])('stays where BFD %s', (_, verdicts) => {
    configure();
    comeUp();
    for (const verdict of verdicts) bfd(verdict);
    expect(status().state).toBe('Established');
  });

  test('is ended where nobody watched the neighbour meanwhile, which was up before and is down now', () => {
    configure();
    const connection = comeUp();
    for (const verdict of ['up', 'absent', 'down'] as const) bfd(verdict);
    expect(script.lastNotification(connection)).toEqual(CEASE_BFD_DOWN);
  });

  test('stays where it came up while nobody watched the neighbour, of which nothing is known then', () => {
    configure();
    bfd('up');
    bfd('absent');
    comeUp();
    bfd('down');
    expect(status().state).toBe('Established');
  });

  test('stays where it is to have no BFD any more, and heeds it no longer', () => {
    configure();
    comeUp();
    bfd('up');
    script.configure([{ ...session, bfd: undefined }]);
    bfd('down');
    expect(status().state).toBe('Established');
  });

  test('stays where it becomes strict, and BFD is not up', () => {
    configure();
    comeUp();
    script.configure([{ ...session, bfd: { ...BFD, strict: true } }]);
    expect(status().state).toBe('Established');
  });
});

describe('while a neighbour restarts gracefully', () => {
  function restart(): void {
    configure(GRACEFUL);
    const connection = comeUp(GRACEFUL);
    bfd('up');
    script.break(connection);
    expect(status().retaining).toBe(true);
  }

  test('its routes go where BFD outlives the restart at both ends, and is down (RFC 5882 section 4.3.2)', () => {
    restart();
    bfd('down', true);
    expect(status().retaining).toBe(false);
  });

  test('they stay where BFD ends with it (section 4.3.1)', () => {
    restart();
    bfd('down', false);
    expect(status().retaining).toBe(true);
  });
});

describe('in strict mode', () => {
  const strict = { bfd: { ...BFD, strict: true } };

  test('a session waits until BFD is up', () => {
    configure(strict);
    script.pass(60_000);
    expect(script.dialled.size).toBe(0);
    expect(status()).toMatchObject({ state: 'Idle', down: 'waiting for BFD to come up' });
    bfd('up');
    comeUp();
    expect(status().down).toBeUndefined();
  });

  test('it waits again where BFD went down', () => {
    configure(strict);
    bfd('up');
    const connection = comeUp();
    bfd('down');
    expect(script.lastNotification(connection)).toEqual(CEASE_BFD_DOWN);
    script.pass(60_000);
    expect(script.dialled.size).toBe(0);
    bfd('up');
    expect(script.dialled.size).toBe(1);
  });

  test('it waits no longer where that is no longer so', () => {
    configure(strict);
    script.configure([{ ...session, bfd: BFD }]);
    comeUp();
  });

  test('one that was stopped is not started by BFD', () => {
    configure({ ...strict, adminDown: 'maintenance' });
    bfd('up');
    script.pass(60_000);
    expect(script.dialled.size).toBe(0);
  });

  test('one that waits is waited for after a restart of ours, as others are', () => {
    script = new Script({ restartingFor: 120 });
    session = sessionTo('10.0.0.1', NEIGHBOUR, { dial: 'first', gracefulRestartTime: 120, ...strict });
    script.configure([session], { restartTime: 120 });
    script.pass(10_000);
    expect(script.speaker.restarting).toBe(true);
  });

  test('one that waits is over where it is shut down, and waits anew where it no longer is', () => {
    configure(strict);
    script.configure([{ ...session, adminDown: 'maintenance' }]);
    bfd('up');
    bfd('unknown');
    script.pass(60_000);
    expect([script.dialled.size, status().down]).toEqual([0, 'maintenance']);
    expect(script.speaker.session(session.key)!.isRunning).toBe(false);
    script.configure([session]);
    expect(status().down).toBe('waiting for BFD to come up');
    bfd('up');
    comeUp();
  });

  test('an attempt ends where BFD is not up', () => {
    configure(strict);
    bfd('up');
    expect(script.dialled.size).toBe(1);
    bfd('unknown');
    expect(status()).toMatchObject({ state: 'Idle', down: 'waiting for BFD to come up' });
  });
});
