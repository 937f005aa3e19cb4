import fc from 'fast-check';
import { Replay } from '../../../lib/bgp/replay';
import { afterUp, Damping, FULL, LIGHT } from '../../../lib/bgp/session/damping';
import { KEEPALIVE } from '../../../lib/bgp/wire/keepalive';
import { encodeNotification, notification } from '../../../lib/bgp/wire/notification';
import { endOfRib } from '../../../lib/bgp/wire/update';
import { replay } from '../replay';
import { announce, openOf, Script } from '../script';
import { sessionTo } from '../simulation';

const [OUR, THEIR] = ['10.0.0.1', '10.0.0.2'];
const SECONDS = 1000;
const KEY = `${OUR} ${THEIR} 179`;
/** No UPDATE at all. */
const BROKEN_UPDATE = Uint8Array.of(...new Array<number>(16).fill(255), 0, 25, 2, 255, 255, 0, 0, 1, 1);
const graceful = { gracefulRestartTime: 120 } as const;

describe('the damping of a neighbour', () => {
  test('costs nothing for three ends, then a second, twice as long each time, and never more than half a minute', () => {
    const damping = new Damping();
    const pauses = Array.from({ length: 12 }, () => {
      damping.count(0, FULL);
      return Math.round(damping.pause(0) * 10) / 10;
    });
    expect(pauses).toEqual([0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30, 30]);
  });

  test('forgets an end in 20 seconds, and all of them in 3 minutes', () => {
    const damping = new Damping();
    for (let i = 0; i < 4; i++) damping.count(0, FULL);
    expect([damping.spares(0), damping.spares(20 * SECONDS), damping.spares(40 * SECONDS)]).toEqual([
      false,
      false,
      true,
    ]);
    for (let i = 0; i < 100; i++) damping.count(0, FULL);
    expect(damping.spares(180 * SECONDS)).toBe(true);
  });

  test('counts a session the less the longer it lived, down to a half, and a connection without an OPEN a quarter', () => {
    expect([0, 500, 1000, 3600_000].map(afterUp)).toEqual([1, 1 / 1.5, 0.5, 0.5]);
    expect(LIGHT).toBe(0.25);
  });
});

/** How a neighbour may end a session that is up, or an attempt. */
const ENDS = {
  shutdown: [encodeNotification(notification(6, 2))],
  reset: [encodeNotification(notification(6, 4))],
  configuration: [encodeNotification(notification(6, 6))],
  collision: [encodeNotification(notification(6, 7))],
  'hard reset': [encodeNotification(notification(6, 9, Uint8Array.of(6, 4)))],
  hold: [encodeNotification(notification(4, 0))],
  'broken update': [BROKEN_UPDATE],
  'broken header': [new Uint8Array(19)],
  'second OPEN': [openOf(THEIR, { ...graceful })],
  close: [],
} as const;
type End = keyof typeof ENDS;
const end = fc.constantFrom(...(Object.keys(ENDS) as End[]));
/** How far it goes before. */
const depth = fc.constantFrom('up', 'up', 'up with routes', 'OPEN', 'nothing', 'wrong AS');

const OPEN = openOf(THEIR, { ...graceful });
const WRONG = openOf(THEIR, { acceptable: [{ localAs: 65099, remoteAs: 64512 }] });
const SAYS: Record<string, Uint8Array[]> = {
  up: [OPEN, KEEPALIVE],
  'up with routes': [OPEN, KEEPALIVE, announce(THEIR, ['192.0.2.0/24']), endOfRib('ipv4 unicast')],
  OPEN: [OPEN],
  nothing: [],
  'wrong AS': [WRONG],
};

function neighbour(dial: 'first' | 'wait' | 'never'): Script {
  const script = new Script();
  script.configure([sessionTo(OUR, THEIR, { dial, ...graceful })]);
  return script;
}

/** It comes, whoever dials, says this, and ends it. Answers whether it was let in. */
function comeAndGo(script: Script, says: readonly Uint8Array[], how: End): boolean {
  const [ours] = script.dialled;
  if (ours !== undefined) script.opened(ours);
  const connection = ours ?? script.accept(THEIR);
  if (!script.open.has(connection)) return false;
  script.say(connection, ...says, ...ENDS[how]);
  script.break(connection);
  return true;
}

const established = (script: Script) => script.speaker.session(KEY)!.status(script.now).established;

describe('a neighbour that comes and goes all the time', () => {
  test.each(['first', 'wait', 'never'] as const)(
    'is let in a handful of times in ten seconds, whatever it does and ends it with (we dial: %s)',
    (dial) => {
      fc.assert(
        fc.property(fc.array(fc.tuple(depth, end), { minLength: 1, maxLength: 5 }), (cycle) => {
          const script = neighbour(dial);
          let [tries, letIn, octets] = [0, 0, 0];
          for (; script.now < 10 * SECONDS; tries++) {
            const [how, ends] = cycle[tries % cycle.length];
            if (comeAndGo(script, SAYS[how], ends)) letIn++;
            script.pass(5);
          }
          for (const { effects } of script.log)
            for (const effect of effects) if (effect.kind === 'send') octets += effect.bytes.length;
          expect(tries).toBeGreaterThan(1000);
          expect(established(script)).toBeLessThanOrEqual(12);
          // A connection without an OPEN counts a quarter.
          expect(letIn).toBeLessThanOrEqual(40);
          // Each try that is refused costs a NOTIFICATION of 21 octets.
          expect(octets).toBeLessThan(tries * 21 + letIn * 500);
          expect(script.open.size + script.dialled.size).toBeLessThanOrEqual(2);
        }),
        { numRuns: 40 },
      );
    },
  );

  test('is let in again and again all the same, at most half a minute apart', () => {
    for (const how of ['reset', 'close', 'hold'] as const) {
      const script = neighbour('never');
      const at: number[] = [];
      for (let before = 0; script.now < 300 * SECONDS; script.pass(250)) {
        comeAndGo(script, SAYS.up, how);
        if (established(script) > before) at.push(script.now);
        before = established(script);
      }
      const gaps = at.slice(1).map((time, i) => time - at[i]);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(30 * SECONDS);
      expect(at.length).toBeLessThan(40);
      expect(replay(script.recording())).toBeInstanceOf(Replay);
    }
  });

  test('is kept out whoever dialled what it ended', () => {
    const script = neighbour('first');
    for (let round = 0; round < 5; round++) {
      while (script.dialled.size === 0) script.pass(100);
      comeAndGo(script, SAYS.up, 'reset');
    }
    expect(established(script)).toBe(5);
    expect(script.open.has(script.accept(THEIR))).toBe(false);
  });

  test('is told of as one that does, when it may come again', () => {
    const script = neighbour('never');
    for (let i = 0; i < 10; i++) comeAndGo(script, SAYS.up, 'reset');
    expect(script.events.at(-1)?.text).toMatch(/refused: it flapped too often; it may come up again in 1 s/);
  });
});

describe('a planned reset', () => {
  test.each(Object.keys(ENDS) as End[])('comes back at once, by %s', (how) => {
    const script = neighbour('never');
    comeAndGo(script, SAYS['up with routes'].slice(0, 0), 'close');
    for (const round of [1, 2]) {
      const connection = script.accept(THEIR);
      script.say(connection, ...SAYS['up with routes']);
      expect(established(script)).toBe(round);
      script.pass(2 * SECONDS);
      script.say(connection, ...ENDS[how]);
      script.break(connection);
    }
    const again = script.accept(THEIR);
    script.say(again, ...SAYS.up);
    expect(established(script)).toBe(3);
  });

  test('is dialled again after a second', () => {
    for (const how of ['reset', 'configuration', 'close'] as const) {
      const script = neighbour('first');
      script.pass(SECONDS);
      comeAndGo(script, SAYS.up, how);
      expect(script.dialled.size).toBe(0);
      script.pass(SECONDS);
      expect(script.dialled.size).toBe(1);
    }
  });
});
