import fc from 'fast-check';
import type { ControlPacket } from '../../lib/bfd/packet';
import { DIAGNOSTIC } from '../../lib/bfd/packet';
import { type BfdEffect, BfdSession, type Memory, type Profile } from '../../lib/bfd/session';
import { detectionTime, sendTime } from '../../lib/bfd/timing';
import { numbers, Pair } from './pair';

const MS = 1000;
const profile = (more: Partial<Profile> = {}): Profile => ({
  desiredMinTx: 300 * MS,
  requiredMinRx: 300 * MS,
  detectMultiplier: 3,
  passive: false,
  ...more,
});
const anyProfile: fc.Arbitrary<Profile> = fc.record({
  desiredMinTx: fc.integer({ min: 50, max: 2000 }).map((ms) => ms * MS),
  requiredMinRx: fc.integer({ min: 50, max: 2000 }).map((ms) => ms * MS),
  detectMultiplier: fc.integer({ min: 2, max: 5 }),
  passive: fc.constant(false),
});
const seed = fc.integer({ min: 0, max: 0xffffffff });
const UP = ['Up', 'Up'];

/** Both up, at rest. */
function up(profiles: readonly [Profile, Profile] = [profile(), profile()], number = 1): Pair {
  const random = numbers(number);
  const pair = new Pair(profiles, random, () => 1 + 8 * random());
  pair.run(20_000);
  expect(pair.states).toEqual(UP);
  return pair;
}

describe('two sessions', () => {
  test('come up whatever their profiles, one of them passive or not', () => {
    fc.assert(
      fc.property(anyProfile, anyProfile, fc.boolean(), seed, (one, other, passive, number) => {
        const pair = new Pair([one, { ...other, passive }], numbers(number));
        pair.run(12_000);
        expect(pair.states).toEqual(UP);
        for (const { diagnostic } of pair.sessions) expect(diagnostic).toBe(DIAGNOSTIC.none);
      }),
    );
  });

  test('of which both are passive say nothing', () => {
    const pair = new Pair([profile({ passive: true }), profile({ passive: true })], numbers(1));
    pair.run(60_000);
    expect(pair.sent).toEqual([]);
    expect(pair.states).toEqual(['Down', 'Down']);
  });

  test('speak no faster than once a second, less a quarter, before they are up (RFC 5880 section 6.8.3)', () => {
    const pair = new Pair([profile(), profile()], numbers(1));
    pair.passes = (by) => by === 1; // nobody hears the first, who thereby stays in Init
    pair.run(30_000);
    expect(pair.states).toEqual(['Init', 'Down']);
    for (const by of [0, 1]) {
      const times = pair.sent.filter((sent) => sent.by === by).map(({ at }) => at);
      // Only that its state changed is told at once.
      const early = times.slice(1).filter((at, i) => at - times[i] < 749);
      expect(early.length).toBeLessThanOrEqual(1);
      expect(times.length).toBeGreaterThan(25);
    }
  });

  test('speak at the pace that both can bear, shortened by up to a quarter', () => {
    fc.assert(
      fc.property(anyProfile, anyProfile, seed, (one, other, number) => {
        const pair = up([one, other], number);
        const from = pair.sent.length;
        pair.run(pair.now + 20_000);
        for (const [by, interval] of [
          Math.max(one.desiredMinTx, other.requiredMinRx),
          Math.max(other.desiredMinTx, one.requiredMinRx),
        ].entries()) {
          const times = pair.sent
            .slice(from)
            .filter((sent) => sent.by === by)
            .map(({ at }) => at);
          for (let i = 1; i < times.length; i++) {
            expect(times[i] - times[i - 1]).toBeGreaterThanOrEqual((interval / MS) * 0.75 - 0.01);
            expect(times[i] - times[i - 1]).toBeLessThanOrEqual(interval / MS + 0.01);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test('notice within the detection time of the last packet that the other is gone, each by itself', () => {
    fc.assert(
      fc.property(anyProfile, anyProfile, seed, (one, other, number) => {
        const pair = up([one, other], number);
        const cut = pair.now;
        pair.passes = () => false;
        pair.run(cut + 30_000);
        for (const [of, [mine, its]] of [
          [one, other],
          [other, one],
        ].entries()) {
          const [first] = pair.changes.filter((change) => change.of === of && change.at >= cut);
          expect(first).toMatchObject({ to: 'Down', diagnostic: DIAGNOSTIC.detectionTimeExpired });
          const most = detectionTime(its, mine.requiredMinRx) / MS;
          expect(first.at - cut).toBeLessThanOrEqual(most + 10);
          // The last packet came no longer ago than one interval, and was a few milliseconds on its way.
          expect(first.at - cut).toBeGreaterThanOrEqual(most - most / its.detectMultiplier - 1);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('bear the loss of all but one packet of a detection time', () => {
    const pair = up([profile({ detectMultiplier: 4 }), profile({ detectMultiplier: 4 })]);
    const before = pair.changes.length;
    const count = [0, 0];
    pair.passes = (by) => count[by]++ % 3 === 2;
    pair.run(pair.now + 60_000);
    expect(pair.changes.length).toBe(before);
  });

  test('stay up when one is retuned twice at once, in whatever order its packets arrive', () => {
    const at = (requiredMinRx: number) => profile({ desiredMinTx: 50 * MS, requiredMinRx, detectMultiplier: 2 });
    fc.assert(
      fc.property(seed, (number) => {
        const pair = up([at(50 * MS), at(366 * MS)], number);
        const before = pair.changes.length;
        pair.overtakes = true;
        for (const requiredMinRx of [97 * MS, 50 * MS])
          pair.act(0, (session, now) => session.configure(at(requiredMinRx), now));
        pair.run(pair.now + 15_000);
        expect(pair.changes.slice(before)).toEqual([]);
      }),
    );
  });

  test('stay up however they are retuned, and speak as they were told in the end', () => {
    const step = fc.record({
      who: fc.constantFrom(0 as const, 1 as const),
      to: anyProfile,
      after: fc.integer({ min: 0, max: 3000 }),
    });
    fc.assert(
      fc.property(
        anyProfile,
        anyProfile,
        fc.array(step, { minLength: 1, maxLength: 12 }),
        seed,
        (one, other, steps, number) => {
          const pair = up([one, other], number);
          const before = pair.changes.length;
          const last = [one, other];
          for (const { who, to, after } of steps) {
            pair.act(who, (session, now) => session.configure(to, now));
            last[who] = to;
            pair.run(pair.now + after);
          }
          pair.run(pair.now + 15_000);
          expect(pair.changes.slice(before)).toEqual([]);
          const from = pair.sent.length;
          pair.run(pair.now + 20_000);
          expect(pair.sent.slice(from).filter(({ poll, final }) => poll || final)).toEqual([]);
          const interval = Math.max(last[0].desiredMinTx, last[1].requiredMinRx) / MS;
          const own = pair.sent.slice(from).filter(({ by }) => by === 0).length;
          expect(own).toBeGreaterThanOrEqual(Math.floor(20_000 / interval) - 1);
          expect(own).toBeLessThanOrEqual(20_000 / (interval * 0.75) + 1);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('of which one goes out of service: the other is told so, and hears nothing soon after', () => {
    const pair = up();
    pair.act(0, (session, now) => session.disable(now));
    pair.run(pair.now + 100);
    expect(pair.states).toEqual(['AdminDown', 'Down']);
    expect(pair.sessions[1].diagnostic).toBe(DIAGNOSTIC.neighborSignaledDown);
    expect(pair.sessions[1].remote).toMatchObject({ state: 'AdminDown', diagnostic: DIAGNOSTIC.administrativelyDown });
    pair.run(pair.now + 10_000);
    const from = pair.sent.length;
    pair.run(pair.now + 60_000);
    expect(pair.sent.slice(from).filter(({ by }) => by === 0)).toEqual([]);
    pair.act(0, (session, now) => session.enable(now));
    pair.run(pair.now + 5_000);
    expect(pair.states).toEqual(UP);
  });

  test('come up again after each silence, however long and whoever is not heard', () => {
    const silence = fc.record({
      of: fc.constantFrom(0, 1, 2),
      for: fc.integer({ min: 0, max: 6000 }),
      rest: fc.integer({ min: 0, max: 4000 }),
    });
    fc.assert(
      fc.property(fc.array(silence, { minLength: 1, maxLength: 6 }), seed, (silences, number) => {
        const pair = up([profile(), profile()], number);
        for (const { of, for: time, rest } of silences) {
          pair.passes = (by) => of !== 2 && by !== of;
          pair.run(pair.now + time);
          pair.passes = () => true;
          pair.run(pair.now + rest);
        }
        pair.run(pair.now + 8_000);
        expect(pair.states).toEqual(UP);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a session', () => {
  const packet = (more: Partial<ControlPacket> = {}): ControlPacket => ({
    ...{ diagnostic: 0, state: 'Down', poll: false, final: false, controlPlaneIndependent: false, demand: false },
    ...{ detectMultiplier: 3, myDiscriminator: 7, yourDiscriminator: 0 },
    ...{ desiredMinTx: 1_000_000, requiredMinRx: 300_000, requiredMinEchoRx: 0 },
    ...more,
  });
  const one = () => new BfdSession(profile(), 5, () => 0.5, 0);
  function established(): BfdSession {
    const session = one();
    session.receive(packet(), 10);
    session.receive(packet({ state: 'Up', yourDiscriminator: 5, desiredMinTx: 300_000 }), 20);
    expect(session.state).toBe('Up');
    return session;
  }

  test('answers a poll at once, and never polls in the answer (RFC 5880 section 6.5)', () => {
    const effects = established().receive(packet({ state: 'Up', yourDiscriminator: 5, poll: true }), 30);
    expect(effects).toEqual([{ kind: 'send', packet: expect.objectContaining({ final: true, poll: false }) }]);
  });

  test('sends nothing by itself to one that can take nothing (RFC 5880 section 6.8.7)', () => {
    const session = established();
    session.receive(packet({ state: 'Up', yourDiscriminator: 5, requiredMinRx: 0, final: true }), 30);
    expect(session.wakeAt).toBeGreaterThan(3000);
    expect(session.tick(1000)).toEqual([]);
  });

  test('sends nothing by itself while the other demands it, and both are up (RFC 5880 section 6.6)', () => {
    const session = established();
    session.receive(packet({ state: 'Up', yourDiscriminator: 5, demand: true, final: true }), 30);
    expect(session.tick(1000)).toEqual([]);
    expect(session.receive(packet({ state: 'Up', yourDiscriminator: 5, demand: true, poll: true }), 1100)).toHaveLength(
      1,
    );
  });

  test('goes on telling why it was down until it is up again', () => {
    const session = established();
    session.receive(packet({ state: 'AdminDown', yourDiscriminator: 5 }), 30);
    expect([session.state, session.diagnostic]).toEqual(['Down', DIAGNOSTIC.neighborSignaledDown]);
    const [, sent] = session.receive(packet(), 40);
    expect(sent).toMatchObject({ packet: { state: 'Init', diagnostic: DIAGNOSTIC.neighborSignaledDown } });
    session.receive(packet({ state: 'Init', yourDiscriminator: 5 }), 50);
    expect([session.state, session.diagnostic]).toEqual(['Up', DIAGNOSTIC.none]);
  });

  test('out of service takes notice of nothing, nor answers a poll (RFC 5880 section 6.8.6)', () => {
    const session = established();
    session.disable(30);
    expect(session.receive(packet({ state: 'Up', yourDiscriminator: 5, poll: true }), 40)).toEqual([]);
    expect(session.state).toBe('AdminDown');
  });

  test('counts its detection time from when a packet arrived, not from when it was read', () => {
    const session = established();
    session.receive(packet({ state: 'Up', yourDiscriminator: 5, desiredMinTx: 300_000, final: true }), 100);
    session.receive(packet({ state: 'Up', yourDiscriminator: 5, desiredMinTx: 300_000 }), 900, 300);
    expect([session.isOverdue(1199), session.isOverdue(1200)]).toEqual([false, true]);
    // An older one that is read later changes nothing.
    session.receive(packet({ state: 'Up', yourDiscriminator: 5, desiredMinTx: 300_000 }), 1000, 200);
    expect(session.isOverdue(1199)).toBe(false);
  });

  test('has one more detection time where its packets may have been lost here, and then none until it hears one', () => {
    const session = established();
    session.reprieve(1000);
    session.reprieve(1500);
    expect([session.isOverdue(1899), session.isOverdue(1900)]).toEqual([false, true]);
    session.receive(packet({ state: 'Up', yourDiscriminator: 5, desiredMinTx: 300_000 }), 1600);
    session.reprieve(2000);
    expect(session.isOverdue(2899)).toBe(false);
  });

  describe('of a process that stood still for longer than the neighbour waits', () => {
    const at = 10_000;
    const hello = packet({ state: 'Up', yourDiscriminator: 5, desiredMinTx: 300_000, final: true });
    const silence = packet({ yourDiscriminator: 0, diagnostic: DIAGNOSTIC.detectionTimeExpired });
    const changesOf = (effects: readonly BfdEffect[]) => effects.filter(({ kind }) => kind === 'state');
    /** One that sent until then, and goes on after so many milliseconds. */
    function resumed(standstill: number): BfdSession {
      const session = established();
      for (let now = 30; now <= at; now += 10) {
        if (now % 300 === 0) session.receive(hello, now);
        session.tick(now);
      }
      session.noticeStandstill(at + standstill);
      return session;
    }

    test('takes what the neighbour says of that for no failure, and comes up again', () => {
      const session = resumed(5000);
      expect(changesOf(session.receive(silence, at + 5000, at + 1000))).toEqual([
        { kind: 'state', from: 'Up', to: 'Down', diagnostic: DIAGNOSTIC.none },
      ]);
      expect(session.isAwaited).toBe(true);
      session.receive(silence, at + 5000, at + 4900);
      session.receive(packet({ state: 'Init', yourDiscriminator: 5 }), at + 5010);
      expect([session.state, session.isAwaited]).toEqual(['Up', false]);
    });

    test('is failed by a neighbour that is then silent', () => {
      const session = resumed(5000);
      session.receive(silence, at + 5000);
      expect(changesOf(session.tick(at + 8000))).toEqual([
        { kind: 'state', from: 'Up', to: 'Down', diagnostic: DIAGNOSTIC.detectionTimeExpired },
      ]);
    });

    test.each<[string, number, Partial<ControlPacket>, number]>([
      ['was shorter than that', 500, {}, 500],
      ['is not the reason', 5000, { diagnostic: DIAGNOSTIC.none }, 5000],
      ['was long ago', 5000, {}, 6000],
    ])('is failed by a neighbour that says Down where the standstill %s', (_, standstill, more, later) => {
      const session = resumed(standstill);
      session.receive(hello, at + standstill);
      session.tick(at + standstill);
      if (later > standstill) session.receive(hello, at + later);
      session.receive({ ...silence, ...more }, at + later);
      expect([session.state, session.diagnostic, session.isAwaited]).toEqual([
        'Down',
        DIAGNOSTIC.neighborSignaledDown,
        false,
      ]);
    });
  });

  test('comes to no harm by packets in any order', () => {
    const any = fc.record({
      state: fc.constantFrom('AdminDown' as const, 'Down' as const, 'Init' as const, 'Up' as const),
      ...{ poll: fc.boolean(), final: fc.boolean(), demand: fc.boolean() },
      ...{ detectMultiplier: fc.integer({ min: 1, max: 255 }), requiredMinRx: fc.integer({ min: 0, max: 0xffffffff }) },
      ...{ desiredMinTx: fc.integer({ min: 0, max: 0xffffffff }), after: fc.integer({ min: 0, max: 5000 }) },
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 40 }), (packets) => {
        const session = one();
        let now = 0;
        let sent = 0;
        for (const { after, ...more } of packets) {
          now += after;
          for (const effect of [
            ...session.receive(packet({ ...more, yourDiscriminator: 5 }), now),
            ...session.tick(now),
          ])
            if (effect.kind === 'send') sent++;
          expect(session.wakeAt).toBeGreaterThan(now);
        }
        // An answer, a change that is told and what is due, at most: nobody is made to say more than he is told.
        expect(sent).toBeLessThanOrEqual(3 * packets.length + 1);
      }),
    );
  });
});

describe('a session that is begun anew, as its neighbour has noticed that the process was away,', () => {
  const at = 10_000;
  const heard = (state: ControlPacket['state']): ControlPacket => ({
    ...{ diagnostic: 1, state, poll: false, final: false, controlPlaneIndependent: true, demand: false },
    ...{ detectMultiplier: 3, myDiscriminator: 7, yourDiscriminator: state === 'Down' ? 0 : 5 },
    ...{ desiredMinTx: 1_000_000, requiredMinRx: 300_000, requiredMinEchoRx: 0 },
  });
  const memory: Memory = {
    ...{ discriminator: 5, state: 'Up', diagnostic: 0, remote: { ...heard('Up'), desiredMinTx: 300_000 } },
    ...{ transmits: 300_000, receives: 300_000 },
  };
  const restart = (more: Partial<Memory> = {}) => BfdSession.restart(profile(), { ...memory, ...more }, () => 0.5, at);
  const changesOf = (effects: readonly BfdEffect[]) => effects.filter(({ kind }) => kind === 'state');
  /** What it does until it has waited for as long as a neighbour needs that sends once a second. */
  function wait(session: BfdSession, until = at + 3000): readonly BfdEffect[] {
    const effects: BfdEffect[] = [];
    for (let now = at; now <= until; now += 10) effects.push(...session.tick(now));
    return changesOf(effects);
  }
  const FAILED = { kind: 'state', from: 'Up', to: 'Down', diagnostic: DIAGNOSTIC.detectionTimeExpired };

  test('finds a neighbour silent that was up before', () => {
    const session = restart();
    expect([session.state, session.diagnostic, session.isAwaited]).toEqual(['Down', DIAGNOSTIC.none, true]);
    expect(wait(session, at + 2990)).toEqual([]);
    expect(wait(session)).toEqual([FAILED]);
    expect(session.isAwaited).toBe(false);
    expect(wait(session, at + 30_000)).toEqual([]);
  });

  test('finds it just as well where the process goes away again meanwhile', () => {
    const again = restart(restart().memory);
    expect(wait(again)).toEqual([FAILED]);
  });

  test('finds one silent that is heard once, and then no more', () => {
    const session = restart();
    expect(changesOf(session.receive(heard('Down'), at + 100))).toMatchObject([{ to: 'Init' }]);
    expect(session.isAwaited).toBe(true);
    expect(wait(session, at + 3100)).toEqual([FAILED]);
  });

  test('comes up where the neighbour is heard, and no failure is seen', () => {
    const session = restart();
    session.receive(heard('Down'), at + 2500);
    expect(changesOf(session.receive(heard('Init'), at + 2600))).toEqual([
      { kind: 'state', from: 'Init', to: 'Up', diagnostic: DIAGNOSTIC.none },
    ]);
    expect(session.isAwaited).toBe(false);
  });

  test('takes it for no failure that a neighbour is out of service on purpose, and then silent', () => {
    const session = restart();
    session.receive(heard('AdminDown'), at + 100);
    expect(wait(session, at + 30_000)).toEqual([]);
  });

  test('knows why it was down where it was', () => {
    const session = restart({ state: 'Down', diagnostic: DIAGNOSTIC.detectionTimeExpired });
    expect([session.state, session.diagnostic]).toEqual(['Down', DIAGNOSTIC.detectionTimeExpired]);
    expect(wait(session, at + 30_000)).toEqual([]);
  });

  test('stays out of service where it was on its way to that', () => {
    const session = restart({ state: 'AdminDown' });
    expect(session.state).toBe('AdminDown');
    wait(session, at + 30_000);
    expect(session.isDone).toBe(true);
  });

  test('is the same where only the agent knows that it was up', () => {
    expect(wait(BfdSession.succeed(profile(), 5, () => 0.5, at))).toEqual([FAILED]);
  });
});

describe('the time of the next packet', () => {
  test('is on a grid that sessions share, and within what jitter allows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer({ min: 10, max: 5000 }),
        fc.integer({ min: 1, max: 5 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (sentAt, interval, multiplier, chance) => {
          const after = sendTime(sentAt, interval * MS, multiplier, chance) - sentAt;
          const most = multiplier === 1 ? 0.9 : 1;
          expect(after).toBeGreaterThanOrEqual(0.75 * interval - 0.01);
          expect(after).toBeLessThanOrEqual(most * interval + 0.01);
          if (interval * (most - 0.75) >= 10.01) expect((sentAt + after) % 10).toBe(0);
        },
      ),
    );
  });
});

test('the same packet again keeps a session up that is Up at both ends, and nothing else', () => {
  const profile = { desiredMinTx: 300 * MS, requiredMinRx: 300 * MS, detectMultiplier: 3, passive: false };
  const session = new BfdSession(profile, 11, () => 0.5, 0);
  const packet = {
    ...{ diagnostic: 0, poll: false, final: false, controlPlaneIndependent: true, demand: false, detectMultiplier: 3 },
    ...{ myDiscriminator: 22, yourDiscriminator: 11, desiredMinTx: 300 * MS, requiredMinRx: 300 * MS },
    requiredMinEchoRx: 0,
  };
  expect(session.hear(0)).toBe(false);
  session.receive({ ...packet, state: 'Down' }, 0);
  expect(session.hear(1)).toBe(false);
  session.receive({ ...packet, state: 'Up' }, 2);
  expect(session.state).toBe('Up');
  expect([session.isOverdue(902), session.isOverdue(901)]).toEqual([true, false]);
  expect([session.hear(500), session.isOverdue(1399), session.isOverdue(1400)]).toEqual([true, false, true]);
});

test('what it says is the same object until it says something else, so that nobody need encode it again', () => {
  const profile = { desiredMinTx: 300 * MS, requiredMinRx: 300 * MS, detectMultiplier: 3, passive: false };
  const session = new BfdSession(profile, 11, () => 0.5, 0);
  const said = (now: number) => {
    const [effect] = session.speak(now);
    return effect.kind === 'send' ? effect.packet : undefined;
  };
  const first = said(0);
  expect(said(1)).toBe(first);
  session.configure({ ...profile, requiredMinRx: 400 * MS }, 2);
  expect(said(3)).not.toBe(first);
  expect(said(4)).toMatchObject({ requiredMinRx: 400 * MS });
});
