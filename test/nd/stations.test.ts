import fc from 'fast-check';
import { Discovery, type DiscoveryEffect, type SessionProgress } from '../../lib/nd/discovery';
import { MOST_EXTENSIONS, MOST_STATIONS, turnFor } from '../../lib/nd/timing';
import { share } from '../breadth';

const SWITCH = 'fe80::5';
const FORMER = 'fe80::f';
/** The kernel's verdict on an address at which nobody answers (RFC 4861 section 7.3.3). */
const UNREACHABLE = 3000;

/** A station that is no neighbour. */
interface Forged {
  /** Milliseconds between its advertisements, and until the first one. */
  readonly every: number;
  readonly from: number;
  /** What becomes of a connection to it. */
  readonly does: 'nothing' | 'refuses' | 'accepts';
  /** It connects, too, before each advertisement. */
  readonly connects: boolean;
}

/** What happens on a link whose neighbour is gone: the switch that replaces it, and many others. */
interface Scenario {
  readonly forged: readonly Forged[];
  /** When the session ends, and when the successor advertises itself first, milliseconds. */
  readonly endsAt: number;
  readonly comesAt: number;
  /** Milliseconds until it responds to a solicitation. */
  readonly delay: number;
  readonly seed: number;
}

/** Milliseconds until the switch has its turn, from when it can have one; undefined: longer than `most`. */
function waitOf({ forged, endsAt, comesAt, delay, seed }: Scenario, most: number): number | undefined {
  let state = seed;
  const chance = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const addressOf = (i: number) => `fe80::bad:${(i + 1).toString(16)}`;
  const by = new Map(forged.map((one, i) => [addressOf(i), one]));
  let progress: SessionProgress | undefined;
  const discovery = new Discovery(chance, () => progress);
  let now = 0;
  let fails: { readonly at: number; readonly address: string } | undefined;
  let isTried = false;
  /** When each advertises itself next. */
  const next = forged.map(({ from }) => from);
  let switchAt = comesAt;
  let switchLast = Number.NEGATIVE_INFINITY;
  const carryOut = (effects: readonly DiscoveryEffect[]) => {
    for (const effect of effects) {
      // RFC 4861 section 6.2.6: a router delays its response, and sends no more than one in 3 s.
      if (effect.kind === 'send' && effect.message.kind === 'solicitation' && now >= comesAt)
        switchAt = Math.min(switchAt, Math.max(now + delay, switchLast + 3000));
      if (effect.kind !== 'neighbour') continue;
      const { address = '' } = effect.neighbour ?? {};
      isTried ||= address === SWITCH;
      const does = by.get(address)?.does ?? 'nothing';
      progress = does === 'accepts' ? 'negotiating' : undefined;
      fails = does === 'accepts' ? undefined : { at: now + (does === 'refuses' ? 1 : UNREACHABLE), address };
    }
  };
  const hears = (from: string) =>
    carryOut(discovery.receive({ kind: 'advertisement', routerLifetime: 1800 }, from, now));
  carryOut(discovery.linkIs({ address: 'fe80::1' }, '', 0));
  hears(FORMER);
  carryOut(discovery.sessionIs(true, 0));
  let hasEnded = false;
  const from = Math.max(endsAt, comesAt);
  while (!isTried || now < from) {
    const first = next.reduce((least, at, i) => (at < next[least] ? i : least), 0);
    const due = hasEnded ? Number.POSITIVE_INFINITY : endsAt;
    now = Math.max(
      now,
      Math.min(due, next[first] ?? due, switchAt, discovery.wakeAt, fails?.at ?? Number.POSITIVE_INFINITY),
    );
    if (now > from + most) return undefined;
    if (now >= due) {
      hasEnded = true;
      fails = { at: now + UNREACHABLE, address: FORMER };
      carryOut(discovery.sessionIs(false, now));
    }
    if (next[first] <= now) {
      const { every, connects } = forged[first];
      next[first] = now + every;
      if (connects) carryOut(discovery.connected(addressOf(first), now));
      hears(addressOf(first));
    }
    if (switchAt <= now) {
      switchLast = now;
      switchAt = now + 10_000;
      hears(SWITCH);
    }
    if (fails && fails.at <= now) {
      const { address } = fails;
      fails = undefined;
      carryOut(discovery.failed(address, now));
    }
    if (discovery.wakeAt <= now) carryOut(discovery.tick(now));
  }
  return now - from;
}

/** The bound: one turn of each other station, of which those that accept connections have longer ones. */
function boundOf({ forged }: Scenario): number {
  let sum = 0;
  for (let waiting = 0; waiting <= forged.length + 1; waiting++) sum += turnFor(waiting);
  const longer = forged.some(({ does }) => does === 'accepts') ? 1 + MOST_EXTENSIONS : 1;
  return sum * longer * (forged.some(({ connects }) => connects) ? 2 : 1);
}

/** Up to as many as are remembered beside the switch and the former neighbour. */
const scenario = (does: readonly Forged['does'][], connects: fc.Arbitrary<boolean>): fc.Arbitrary<Scenario> =>
  fc.record({
    forged: fc.array(
      fc.record({
        every: fc.integer({ min: 50, max: 20_000 }),
        from: fc.integer({ min: 0, max: 60_000 }),
        does: fc.constantFrom(...does),
        connects,
      }),
      { maxLength: MOST_STATIONS - 2, size: 'max' },
    ),
    endsAt: fc.integer({ min: 1, max: 60_000 }),
    comesAt: fc.integer({ min: 1, max: 60_000 }),
    delay: fc.integer({ min: 0, max: 500 }),
    seed: fc.nat(),
  });

describe('a switch that takes the place of the former neighbour has its turn in time', () => {
  const holds = (scenarios: fc.Arbitrary<Scenario>) =>
    fc.assert(
      fc.property(scenarios, (one) => {
        expect(waitOf(one, boundOf(one))).toBeDefined();
      }),
      { numRuns: share(150) },
    );

  test('whatever others advertise themselves', () => holds(scenario(['nothing', 'refuses'], fc.constant(false))));

  test('whatever others accept connections as well', () =>
    holds(scenario(['nothing', 'refuses', 'accepts'], fc.constant(false))));

  test('whatever others connect as well', () => holds(scenario(['nothing', 'refuses', 'accepts'], fc.boolean())));
});
