import fc from 'fast-check';
import { Replay } from '../../lib/bgp/replay';
import type { SessionConfig } from '../../lib/bgp/session/config';
import { CAPABILITY, capabilityOf } from '../../lib/bgp/wire/capability';
import { KEEPALIVE } from '../../lib/bgp/wire/keepalive';
import { decodeOpen, type Open } from '../../lib/bgp/wire/open';
import { endOfRib } from '../../lib/bgp/wire/update';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { share } from '../breadth';
import { replay } from './replay';
import { announce, openOf, Script } from './script';
import { routerId, Simulation, sessionTo } from './simulation';

const OUR = '10.0.0.1';
const SECONDS = 1000;
const PATIENCE = 15 * SECONDS;
const QUIET = 10 * SECONDS;
const LONGEST = 120 * SECONDS;
const EOR = endOfRib('ipv4 unicast');
const prefix = (text: string) => sure(Prefix.parse(text));
/** UPDATEs among what was sent. */
const updatesIn = (sent: readonly Uint8Array[]) => sent.filter((bytes) => bytes[18] === 2).length;
const addressOf = (n: number) => `10.0.0.${n + 2}`;
const prefixOf = (n: number, i: number) => `10.${n + 10}.${i}.0/24`;

/** What a neighbour does after a restart of ours. Times in milliseconds, `after` what was before. */
interface Neighbour {
  /** Whether it announces graceful restart, and whether it has restarted itself. */
  readonly graceful: boolean;
  readonly restarted: boolean;
  /** When it comes up; undefined: never. */
  readonly comes?: number;
  /** Prefixes that it tells again, each some time after the one before. */
  readonly tells: readonly number[];
  /** Whether it says End-of-RIB, and how long after its last route. */
  readonly ends?: number;
}

const neighbour: fc.Arbitrary<Neighbour> = fc.record(
  {
    graceful: fc.boolean(),
    restarted: fc.boolean(),
    comes: fc.oneof(fc.integer({ min: 0, max: 14_000 }), fc.integer({ min: 16_000, max: 90_000 })),
    tells: fc.array(fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 25_000 })), { maxLength: 3 }),
    ends: fc.integer({ min: 1, max: 30_000 }),
  },
  { requiredKeys: ['graceful', 'restarted', 'tells'] },
);

const sessions = (count: number, more: Partial<SessionConfig> = {}) =>
  Array.from({ length: count }, (_, n) =>
    sessionTo(OUR, addressOf(n), { dial: 'never', holdTime: 0, gracefulRestartTime: 120, ...more }),
  );

/** The kernel holds three routes of each neighbour; the neighbours do as they are told to. */
function restarted(neighbours: readonly Neighbour[], restartTime = 120): Script {
  const script = new Script({ restartingFor: 120 });
  for (const n of neighbours.keys()) for (const i of [0, 1, 2]) script.kept.add(prefixOf(n, i));
  script.configure(sessions(neighbours.length), { restartTime });
  return script;
}

/** What each says and when. */
function lines({ graceful, restarted, comes, tells, ends }: Neighbour, n: number) {
  if (comes === undefined) return [];
  const remote = addressOf(n);
  const open = openOf(remote, { holdTime: 0, restarting: restarted, ...(graceful && { gracefulRestartTime: 120 }) });
  let at = comes;
  const said = [{ at, messages: [open, KEEPALIVE], isFirst: true }];
  for (const [i, after] of tells.entries()) {
    at += after;
    said.push({ at, messages: [announce(remote, [prefixOf(n, i)])], isFirst: false });
  }
  if (ends !== undefined) said.push({ at: at + ends, messages: [EOR], isFirst: false });
  return said;
}

/** When a neighbour has told all. */
function doneAt({ graceful, restarted, comes, tells, ends }: Neighbour): number {
  if (comes === undefined) return Number.POSITIVE_INFINITY;
  const saysSo = graceful && restarted;
  let last = comes;
  for (const after of tells) {
    if (!saysSo && after >= QUIET) return last + QUIET;
    last += after;
  }
  if (ends !== undefined && (saysSo || ends < QUIET)) return last + ends;
  return saysSo ? Number.POSITIVE_INFINITY : last + QUIET;
}

/** When routes are chosen: RFC 4724 section 4.1, those that restart themselves are left out. */
function chosenAt(neighbours: readonly Neighbour[], restartTime: number): number {
  const waits = neighbours.map((one) => {
    if (one.comes === undefined || one.comes > PATIENCE) return PATIENCE;
    return one.graceful && one.restarted ? one.comes : doneAt(one);
  });
  return Math.min(LONGEST, restartTime, Math.max(...waits));
}

describe('after a restart of ours', () => {
  test('routes are chosen, and kept in the kernel, for as long as the neighbours take, and no longer', () => {
    fc.assert(
      fc.property(
        fc.array(neighbour, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(5, 40, 120, 300),
        (neighbours, seconds) => {
          const script = restarted(neighbours, seconds);
          const time = seconds * SECONDS;
          const chosen = chosenAt(neighbours, time);
          const swept = Math.min(time, Math.max(chosen, ...neighbours.map(doneAt)));
          const connections = new Map<number, number>();
          const said = neighbours
            .flatMap((one, n) => lines(one, n).map((line) => ({ ...line, n })))
            .sort((a, b) => a.at - b.at);
          const toldSoFar = new Set<string>();
          const wrong: string[] = [];
          const check = () => {
            const { now, speaker, kept, kernel } = script;
            // Nothing is chosen before its time, and then at once.
            if (speaker.restarting !== now < chosen) wrong.push(`restarting at ${now}: ${speaker.restarting}`);
            if (speaker.keepsForwarding !== now < swept) wrong.push(`keeps at ${now}: ${speaker.keepsForwarding}`);
            for (const n of neighbours.keys())
              for (const prefix of [0, 1, 2].map((i) => prefixOf(n, i)))
                if ((kept.has(prefix) || kernel.has(prefix)) !== (now < swept || toldSoFar.has(prefix)))
                  wrong.push(`${prefix} at ${now}`);
          };
          const moments = [chosen - 1, chosen, swept - 1, swept].filter((at) => at > 0 && Number.isFinite(at));
          const all = [
            ...said,
            ...moments.map((at) => ({ at, messages: [] as Uint8Array[], isFirst: false, n: -1 })),
          ].sort((a, b) => a.at - b.at);
          for (const { at, messages, isFirst, n } of all) {
            script.to(at);
            if (isFirst) connections.set(n, script.accept(addressOf(n)));
            if (n >= 0) script.say(connections.get(n)!, ...messages);
            for (const [i, after] of n < 0 ? [] : neighbours[n].tells.entries()) {
              const told = neighbours[n].comes! + neighbours[n].tells.slice(0, i).reduce((a, b) => a + b, 0) + after;
              if (told <= at) toldSoFar.add(prefixOf(n, i));
            }
            script.to(at); // what is due at this moment
            check();
          }
          script.to(time + SECONDS);
          check();
          expect(wrong).toEqual([]);
          if (neighbours.length === 2) expect(replay(script.recording())).toBeInstanceOf(Replay);
        },
      ),
      { numRuns: share(250) },
    );
  });

  test('and however often sessions come and go meanwhile, routes are chosen within half a minute of the last news', () => {
    const step = fc.record({
      after: fc.integer({ min: 1, max: 4000 }),
      n: fc.nat(2),
      act: fc.constantFrom('up', 'break', 'tell', 'repeat', 'keepalive'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const script = restarted([0, 1, 2].map(() => ({ graceful: true, restarted: false, tells: [] })));
        const connections: number[] = [];
        const heard = new Map<number, string>(); // what would be no news any more, by neighbour
        let [told, news] = [0, 0];
        for (const { after, n, act } of steps) {
          script.pass(after);
          const remote = addressOf(n);
          if (act === 'up' && !script.open.has(connections[n])) {
            connections[n] = script.accept(remote);
            script.say(connections[n], openOf(remote, { holdTime: 0, gracefulRestartTime: 120 }), KEEPALIVE);
            heard.delete(n);
          } else if (act === 'break') script.break(connections[n]);
          else if (act === 'tell') {
            news = script.now;
            const prefix = prefixOf(n, told++ % 200);
            script.say(connections[n], announce(remote, [prefix]));
            if (script.open.has(connections[n])) heard.set(n, prefix);
          } else if (act === 'repeat' && heard.has(n)) script.say(connections[n], announce(remote, [heard.get(n)!]));
          else if (act === 'keepalive') script.say(connections[n], KEEPALIVE);
          if (script.now > Math.max(PATIENCE, news) + QUIET) expect(script.speaker.restarting).toBe(false);
        }
        script.to(121 * SECONDS);
        expect([script.speaker.restarting, script.speaker.keepsForwarding, script.kept.size]).toEqual([
          false,
          false,
          0,
        ]);
      }),
      { numRuns: share(150) },
    );
  });

  test('a table that never stands still has been told when it grows by less than a hundredth', () => {
    const script = restarted([{ graceful: true, restarted: false, tells: [] }]);
    const [remote] = [addressOf(0)];
    const connection = script.accept(remote);
    script.say(connection, openOf(remote, { holdTime: 0, gracefulRestartTime: 120 }), KEEPALIVE);
    const table = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => `10.${100 + ((from + i) >> 8)}.${(from + i) & 255}.0/24`);
    for (let i = 0; i < 20; i++) {
      script.pass(SECONDS);
      script.say(connection, announce(remote, table(i * 100, i * 100 + 100)));
    }
    for (let i = 0; i < 9; i++) {
      script.pass(SECONDS);
      script.say(connection, announce(remote, [...table(i * 7, i * 7 + 7), `192.0.2.${i}/32`]));
    }
    expect(script.speaker.restarting).toBe(true);
    script.to(30 * SECONDS);
    expect([script.speaker.restarting, script.speaker.keepsForwarding]).toEqual([false, false]);
  });

  test('a neighbour that keeps nothing of ours is told at once, one that does when all is chosen', () => {
    const script = restarted([
      { graceful: false, restarted: false, tells: [] },
      { graceful: true, restarted: false, tells: [] },
    ]);
    script.give({ kind: 'originate', prefix: prefix('192.0.2.0/24') });
    const [plain, graceful] = [0, 1].map((n) => {
      const connection = script.accept(addressOf(n));
      const open = openOf(addressOf(n), { holdTime: 0, ...(n === 1 && { gracefulRestartTime: 120 }) });
      script.say(connection, open, KEEPALIVE);
      return connection;
    });
    script.pass(10);
    const told = (connection: number) => updatesIn(script.open.get(connection)!);
    expect([told(plain) > 0, told(graceful)]).toEqual([true, 0]);
    script.pass(QUIET);
    expect(told(graceful)).toBeGreaterThan(0);
  });

  test('two that restarted at once do not wait for each other, and let go of nothing before they have heard', () => {
    const network = new Simulation();
    const [a, b] = ['a', 'b'].map((name, i) => network.add(name, [`10.0.0.${i + 1}`], { restartingFor: 120 }));
    const graceful = { gracefulRestartTime: 120 };
    for (const [name, local, remote] of [
      ['a', '10.0.0.1', '10.0.0.2'],
      ['b', '10.0.0.2', '10.0.0.1'],
    ]) {
      const routing = { routerId: routerId(local) };
      network.give(name, { kind: 'configure', routing, sessions: [sessionTo(local, remote, graceful)] });
    }
    expect([a.keepsForwarding, b.keepsForwarding]).toEqual([true, true]);
    network.run(100);
    for (const speaker of [a, b]) expect([speaker.restarting, speaker.keepsForwarding]).toEqual([false, false]);
  });

  test('a neighbour that comes back late finds its routes forwarded, and may keep ours', () => {
    const script = restarted([{ graceful: true, restarted: false, tells: [] }]);
    script.to(60 * SECONDS);
    expect([script.speaker.restarting, script.speaker.keepsForwarding]).toEqual([false, true]);
    const connection = script.accept(addressOf(0));
    const [open] = script.open.get(connection)!;
    const { capabilities } = decodeOpen(open.subarray(19)) as Open;
    expect(capabilityOf(capabilities, CAPABILITY.gracefulRestart)).toMatchObject({
      restarted: false,
      families: [{ forwarding: true }],
    });
  });

  test('neighbours that come unnamed may be away as well, and one that is kept down is not', () => {
    const { remoteAddress: _, dial: __, ...all } = sessionTo(OUR, '10.0.1.2');
    const template = { ...all, key: 'clients', range: prefix('10.0.1.0/24'), limit: 3 };
    for (const templates of [[], [template]]) {
      const script = new Script({ restartingFor: 120 });
      script.kept.add('10.9.0.0/24');
      script.configure(sessions(1, { adminDown: 'later' }), { templates });
      script.pass(10);
      expect([script.speaker.restarting, script.kept.size]).toEqual([false, templates.length]);
      script.to(120 * SECONDS);
      expect(script.kept.size).toBe(0);
    }
  });
});
