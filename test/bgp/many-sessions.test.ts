import type { SessionConfig } from '../../lib/bgp/session/config';
import type { SessionTemplate } from '../../lib/bgp/session/template';
import { KEEPALIVE } from '../../lib/bgp/wire/keepalive';
import { CEASE, ERROR } from '../../lib/bgp/wire/notification-codes';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { openOf, Script } from './script';
import { routerId, sessionTo } from './simulation';

const MANY = 1000;
const LOCAL = '10.0.0.1';
const neighbour = (i: number): string => `10.1.${i >> 8}.${i & 255}`;
/** Sessions that others dial. */
const sessionsTo = (count: number, more: Partial<SessionConfig> = {}): SessionConfig[] =>
  Array.from({ length: count }, (_, i) => sessionTo(LOCAL, neighbour(i), { dial: 'never', ...more }));

const keysOf = ({ speaker }: Script): string[] => speaker.configs().map(({ key }) => key);
const stateOf = (script: Script, i: number): string | undefined =>
  script.speaker.session(`${LOCAL} ${neighbour(i)} 179`)?.standing.state;

/** Takes the wake-ups that are due; answers how many there were. */
function settle(script: Script): number {
  let turns = 0;
  for (; script.speaker.isConfiguring; turns++) script.give({ kind: 'timer' });
  return turns;
}

describe('a configuration of very many sessions', () => {
  test('is carried out over several wake-ups, all of them due at once', () => {
    const script = new Script();
    script.configure(sessionsTo(MANY));
    expect(keysOf(script).length).toBeLessThan(MANY / 4);
    expect(settle(script)).toBeGreaterThan(3);
    expect(keysOf(script)).toHaveLength(MANY);
    expect(script.speaker.session(`${LOCAL} ${neighbour(MANY - 1)} 179`)?.isRunning).toBe(true);
  });

  test('asks to be woken without delay until it is', () => {
    const script = new Script();
    script.configure(sessionsTo(MANY));
    script.pass(0);
    expect(keysOf(script)).toHaveLength(MANY);
  });

  test('takes a neighbour that connects before it is its turn', () => {
    const script = new Script();
    const last = MANY - 1;
    script.configure(sessionsTo(MANY));
    expect(stateOf(script, last)).toBeUndefined();
    const connection = script.accept(neighbour(last));
    script.say(connection, openOf(neighbour(last)));
    expect(stateOf(script, last)).toBe('OpenConfirm');
    settle(script);
    expect(stateOf(script, last)).toBe('OpenConfirm');
    expect(keysOf(script)).toHaveLength(MANY);
  });

  test('leaves sessions that it does not change as they are, and lets go of those that it does not have', () => {
    const script = new Script();
    script.configure(sessionsTo(MANY));
    settle(script);
    const [kept, gone] = [3, MANY - 3].map((i) => {
      const connection = script.accept(neighbour(i));
      script.say(connection, openOf(neighbour(i)));
      return connection;
    });
    script.configure(sessionsTo(200));
    settle(script);
    expect(keysOf(script)).toHaveLength(200);
    expect(stateOf(script, 3)).toBe('OpenConfirm');
    expect(script.open.has(kept)).toBe(true);
    expect(script.lastNotification(gone)).toEqual([ERROR.cease, CEASE.peerDeconfigured]);
  });

  test('is given up for another one', () => {
    const script = new Script();
    script.configure(sessionsTo(MANY));
    script.configure(sessionsTo(MANY, { holdTime: 30 }).slice(-500));
    settle(script);
    expect(script.speaker.configs().map(({ holdTime }) => holdTime)).toEqual(Array(500).fill(30));
  });

  test('is given up when the speaker stops', () => {
    const script = new Script();
    script.configure(sessionsTo(MANY));
    script.give({ kind: 'stop' });
    expect(script.speaker.isConfiguring).toBe(false);
    script.pass(1000);
    expect(script.speaker.configs().filter(({ key }) => script.speaker.session(key)?.isRunning)).toEqual([]);
  });

  test('keeps neighbours that come unnamed meanwhile', () => {
    const script = new Script();
    const guest = '10.9.0.7';
    const { remoteAddress: _, dial: __, ...session } = sessionTo(LOCAL, guest);
    const range = sure(Prefix.parse('10.9.0.0/16'));
    const template: SessionTemplate = { ...session, key: `${LOCAL} ${range} 179`, name: 'guests', range, limit: 3 };
    script.configure(sessionsTo(MANY), { templates: [template] });
    script.say(script.accept(guest), openOf(guest));
    settle(script);
    expect(keysOf(script)).toHaveLength(MANY + 1);
    script.configure(sessionsTo(MANY), { templates: [template] });
    settle(script);
    expect(keysOf(script)).toHaveLength(MANY + 1);
  });

  test('chooses no route after a restart before all neighbours are known that may be waited for', () => {
    const script = new Script({ restartingFor: 120 });
    script.give({
      kind: 'configure',
      routing: { routerId: routerId(LOCAL) },
      sessions: sessionsTo(MANY, { adminDown: '' }),
    });
    expect(script.speaker.restarting).toBe(true);
    settle(script);
    expect(script.speaker.restarting).toBe(false);
  });
});

test('of very many timers that are due together some are fired with each wake-up, all of them at once', () => {
  const script = new Script();
  script.configure(sessionsTo(MANY, { dial: 'first' }));
  script.pass(0);
  const dialled = new Set<string>();
  const wakes: number[] = [];
  script.now += 3_600_000;
  for (let before = -1; dialled.size > before; ) {
    before = dialled.size;
    const effects = script.give({ kind: 'timer' });
    wakes.push(effects.filter(({ kind }) => kind === 'connect').length);
    for (const effect of effects) if (effect.kind === 'connect') dialled.add(effect.session);
  }
  expect(Math.max(...wakes)).toBeLessThan(200);
  expect(dialled.size).toBe(MANY);
});

test('of many sessions those that are down can be read without the others', () => {
  const script = new Script();
  script.configure(sessionsTo(3));
  const connection = script.accept(neighbour(1));
  for (const message of [openOf(neighbour(1)), KEEPALIVE]) script.say(connection, message);
  expect(stateOf(script, 1)).toBe('Established');
  const down = script.speaker.status(script.now).filter(({ state }) => state !== 'Established');
  expect(down.map(({ remoteAddress }) => remoteAddress)).toEqual([neighbour(0), neighbour(2)]);
  expect([...script.speaker.statusOfDown(script.now)]).toEqual(down);
});
