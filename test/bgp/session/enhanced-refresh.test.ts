import fc from 'fast-check';
import { Replay } from '../../../lib/bgp/replay';
import { Rib } from '../../../lib/bgp/rib/rib';
import { KEEPALIVE } from '../../../lib/bgp/wire/keepalive';
import { encodeRouteRefresh, REFRESH } from '../../../lib/bgp/wire/route-refresh';
import { endOfRib } from '../../../lib/bgp/wire/update';
import { replay } from '../replay';
import { announce, openOf, Script, withdraw } from '../script';
import { sessionTo } from '../simulation';

const [OUR, THEIR] = ['10.0.0.1', '10.0.0.2'];
const SECONDS = 1000;
const FAMILY = 'ipv4 unicast';
const prefixes = ['10.1.0.0/24', '10.2.0.0/24', '10.3.0.0/24', '10.4.0.0/24'];
const BORR = encodeRouteRefresh(FAMILY, REFRESH.begin);
const EORR = encodeRouteRefresh(FAMILY, REFRESH.end);

/** A session with a neighbour; `comeUp` begins it (anew). */
function session(ours: boolean, theirs: boolean) {
  const script = new Script();
  const graceful = (on: boolean) => (on ? { gracefulRestartTime: 120 } : {});
  script.configure([sessionTo(OUR, THEIR, { dial: 'never', holdTime: 0, ...graceful(ours) })]);
  let connection = 0;
  const comeUp = () => {
    connection = script.accept(THEIR);
    script.say(connection, openOf(THEIR, { holdTime: 0, restarting: true, ...graceful(theirs) }), KEEPALIVE);
  };
  const say = (...messages: Uint8Array[]) => {
    script.say(connection, ...messages);
    script.pass(1);
  };
  const held = () => [...script.speaker.rib.routes()].map(({ prefix }) => String(prefix)).sort();
  comeUp();
  return { script, say, held, comeUp, lose: () => script.break(connection) };
}

describe('a begin mark before End-of-RIB', () => {
  test('of a neighbour that restarted sweeps nothing, and its end mark means nothing', () => {
    const { script, say, held, comeUp, lose } = session(true, true);
    say(announce(THEIR, prefixes), endOfRib(FAMILY));
    lose();
    comeUp();
    say(announce(THEIR, prefixes.slice(0, 1)), BORR, announce(THEIR, prefixes.slice(1, 2)), EORR);
    expect(held()).toEqual(prefixes);
    say(announce(THEIR, prefixes.slice(2, 3)), endOfRib(FAMILY));
    expect(held()).toEqual(prefixes.slice(0, 3));
    script.pass(2 * SECONDS);
    say(BORR, announce(THEIR, prefixes.slice(1, 2)), EORR);
    expect(held()).toEqual(prefixes.slice(1, 2));
  });

  test('is passed over also where only the neighbour announces graceful restart, and not where it does not', () => {
    for (const theirs of [true, false]) {
      const { say, held } = session(false, theirs);
      say(announce(THEIR, prefixes), BORR, EORR);
      expect(held()).toEqual(theirs ? prefixes : []);
    }
  });
});

/** What a neighbour may do, and a model of what we then hold: routes with whether they are stale. */
const step = fc.oneof(
  fc.record({ do: fc.constantFrom('announce' as const, 'withdraw' as const), which: fc.nat(3) }),
  fc.record({
    do: fc.constantFrom('begin' as const, 'end' as const, 'end-of-rib' as const, 'restart' as const, 'wait' as const),
    which: fc.constant(0),
  }),
);

test('whatever marks come when, only what a refresh or a restart did not repeat is gone', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { script, say, held, comeUp, lose } = session(true, true);
      const model = new Map<string, boolean>();
      const sweep = () => {
        for (const [prefix, isStale] of model) if (isStale) model.delete(prefix);
      };
      const age = () => {
        for (const prefix of model.keys()) model.set(prefix, true);
      };
      let [hasEnded, refreshes, isLate] = [false, false, false];
      let marked = Number.NEGATIVE_INFINITY;
      for (const { do: act, which } of steps) {
        const prefix = prefixes[which];
        if (act === 'announce') {
          say(announce(THEIR, [prefix]));
          model.set(prefix, false);
        } else if (act === 'withdraw') {
          say(withdraw([prefix]));
          model.delete(prefix);
        } else if (act === 'begin') {
          if (hasEnded && script.now - marked >= SECONDS) {
            [refreshes, marked] = [true, script.now];
            age();
          }
          say(BORR);
        } else if (act === 'end') {
          if (refreshes) sweep();
          refreshes = false;
          say(EORR);
        } else if (act === 'end-of-rib') {
          if (!hasEnded) sweep();
          [hasEnded, isLate] = [true, false];
          say(endOfRib(FAMILY));
        } else if (act === 'restart') {
          // What was stale already is not kept over another restart, but for what a refresh had only begun to repeat.
          if (isLate) sweep();
          age();
          [hasEnded, refreshes, isLate, marked] = [false, false, true, Number.NEGATIVE_INFINITY];
          lose();
          script.pass(20 * SECONDS); // an end of a session is forgotten, or it would be damped
          comeUp();
        } else script.pass(1500);
        expect(held()).toEqual([...model.keys()].sort());
      }
      expect(replay(script.recording())).toBeInstanceOf(Replay);
    }),
    { numRuns: 150 },
  );
});

test('marks one after another cost one walk over the table in a second', () => {
  const { say } = session(false, false);
  say(announce(THEIR, prefixes));
  const walks = jest.spyOn(Rib.prototype, 'markStale');
  for (let i = 0; i < 400; i++) say(BORR, announce(THEIR, prefixes), EORR); // each millisecond
  expect(walks).toHaveBeenCalledTimes(1);
  walks.mockRestore();
});
