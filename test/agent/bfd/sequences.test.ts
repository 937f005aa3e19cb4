import fc from 'fast-check';
import type { SavedSession } from '../../../lib/agent/bfd/driven-session';
import { ALIVE_EVERY } from '../../../lib/agent/bfd/kept-sessions';
import type { BfdStatus } from '../../../lib/agent/bfd/protocol';
import { detectionTime } from '../../../lib/bfd/timing';
import { spec, Wire } from './wire';

const ADDRESSES = ['10.0.0.1', '10.0.0.2'] as const;
type End = 0 | 1;

const end = fc.constantFrom<End>(0, 1);
const interval = fc.constantFrom(50, 300, 1000);
const profile = fc.record({
  transmitInterval: interval,
  receiveInterval: interval,
  detectMultiplier: fc.integer({ min: 1, max: 5 }),
});
const step = fc.oneof(
  fc.record({ kind: fc.constant('want' as const), end, profile }),
  fc.record({ kind: fc.constant('remove' as const), end, lingers: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('cut' as const, 'heal' as const) }),
  fc.record({ kind: fc.constantFrom('freeze' as const, 'thaw' as const), end }),
  fc.record({
    ...{ kind: fc.constant('restart' as const), end },
    away: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 3000 })),
  }),
  fc.record({ kind: fc.constant('pass' as const), time: fc.integer({ min: 1, max: 2000 }) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What one end was asked for, and what it has reported since the session was last new. */
interface Known {
  profile?: (typeof profile extends fc.Arbitrary<infer T> ? T : never) | undefined;
  downs: number;
  /** The report of the last failure. */
  failed?: BfdStatus | undefined;
  last: Pick<BfdStatus, 'state' | 'isAwaited' | 'since'> | undefined;
  read: number;
}

/** For how long what is stored of a session is believed: somewhat longer than its neighbour waits. */
const patienceOf = ({ memory: { state, remote, receives } }: SavedSession): number =>
  state === 'Up' && remote ? detectionTime(remote, receives) / 1000 + ALIVE_EVERY : 0;

/** Two machines, and beside each what is known of it from the outside. */
class Pair {
  private readonly wire = new Wire();
  private readonly ends = [this.wire.machine(), this.wire.machine()];
  private readonly known: readonly Known[] = ADDRESSES.map(() => ({ downs: 0, last: undefined, read: 0 }));

  constructor() {
    this.wire.latency = 1;
    this.settle();
  }

  take(one: Step): void {
    if (one.kind === 'want') this.want(one.end, one.profile);
    else if (one.kind === 'remove') this.remove(one.end, one.lingers);
    else if (one.kind === 'restart') this.restart(one.end, one.away);
    else if (one.kind === 'freeze') this.wire.frozen.add(ADDRESSES[one.end]);
    else if (one.kind === 'thaw') this.wire.frozen.delete(ADDRESSES[one.end]);
    else if (one.kind === 'pass') jest.advanceTimersByTime(one.time);
    else this.wire.isCut = one.kind === 'cut';
    this.check();
  }

  /** Whatever went before, two ends that are wanted come up and stay so. */
  settle(): void {
    this.wire.isCut = false;
    this.wire.frozen.clear();
    for (const at of [0, 1] as const) this.want(at, this.known[at].profile ?? {});
    jest.advanceTimersByTime(20_000);
    this.check();
    expect(this.ends.map(({ driver }) => driver.statuses.map(({ state }) => state))).toEqual([['Up'], ['Up']]);
    const told = this.ends.map(({ changes }) => changes.length);
    jest.advanceTimersByTime(20_000);
    expect(this.ends.map(({ changes }) => changes.length)).toEqual(told);
  }

  /** Two ends that are not wanted leave nothing behind. */
  empty(): void {
    for (const at of [0, 1] as const) this.remove(at, false);
    jest.advanceTimersByTime(20_000);
    this.check();
    expect(this.ends.map(({ driver }) => [driver.saved, driver.counters.sessions])).toEqual([
      [[], {}],
      [[], {}],
    ]);
    expect(this.wire.places).toEqual([]);
    this.close();
    expect(jest.getTimerCount()).toBe(0);
  }

  close(): void {
    for (const { driver } of this.ends) driver.close();
  }

  private spec(at: End) {
    return spec(ADDRESSES[at], ADDRESSES[1 - at], this.known[at].profile);
  }

  private want(at: End, wanted: object): void {
    const known = this.known[at];
    const isBack = known.profile === undefined;
    const isUp = () => this.ends.every(({ driver }) => driver.statuses[0]?.state === 'Up');
    const wasUp = isUp();
    known.profile = wanted as Known['profile'];
    this.ends[at].driver.configure([this.spec(at)]);
    if (wasUp) expect(isUp()).toBe(true);
    const [now] = this.ends[at].driver.statuses;
    // One that lingers is what it was; any other is new.
    if (isBack && now.state !== 'Up') Object.assign(known, { downs: 0, failed: undefined });
    if (isBack) Object.assign(known, { last: now, read: this.ends[at].changes.length });
  }

  private remove(at: End, lingers: boolean): void {
    const { key } = this.spec(at);
    this.ends[at].driver.configure([], lingers ? [key] : []);
    this.known[at].profile = undefined;
    expect(this.ends[at].driver.statuses).toEqual([]);
  }

  /** The next run takes over what this one stored; one that comes too late begins the sessions anew. */
  private restart(at: End, away: number): void {
    const { driver } = this.ends[at];
    driver.speak();
    this.check();
    const saved: SavedSession[] = JSON.parse(JSON.stringify(driver.saved));
    const [before] = driver.statuses;
    driver.close();
    jest.advanceTimersByTime(away);
    this.ends[at] = this.wire.machine();
    const isRecent = away < Math.min(...saved.map(patienceOf));
    for (const session of saved) this.ends[at].driver.resume(session, isRecent);
    const [{ driver: next, changes }, known] = [this.ends[at], this.known[at]];
    const [now] = next.statuses;
    if (known.profile && isRecent) expect(now).toMatchObject({ state: before.state, since: before.since });
    Object.assign(known, { last: now, read: changes.length });
    next.configure(known.profile ? [this.spec(at)] : []); // the agent connects
  }

  /** What an end says of itself is what it has reported. */
  private check(): void {
    for (const at of [0, 1] as const) {
      const [{ driver, changes }, known] = [this.ends[at], this.known[at]];
      for (const change of changes.slice(known.read)) {
        const { state, isAwaited, diagnostic, remote, since } = change;
        const { last } = known;
        const wasUp = last?.state === 'Up' || (last?.isAwaited && diagnostic === 1);
        const isFailure = state === 'Down' && wasUp && !isAwaited && remote?.state !== 'AdminDown';
        if (isFailure) Object.assign(known, { downs: known.downs + 1, failed: change });
        if (last?.state === state && !isFailure) expect(since).toBe(last.since);
        known.last = { state, since, ...(isAwaited && { isAwaited }) };
      }
      known.read = changes.length;
      const isWanted = known.profile !== undefined;
      expect(driver.statuses).toHaveLength(isWanted ? 1 : 0);
      if (!isWanted) continue;
      const [{ downs, lastDown, lastDownDiagnostic }] = driver.statuses;
      const { since, diagnostic } = known.failed ?? {};
      expect({ downs, lastDown, lastDownDiagnostic }).toEqual({
        ...{ downs: known.downs, lastDown: since, lastDownDiagnostic: diagnostic },
      });
    }
  }
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('after any sequence sessions that are wanted come up, count what they reported, and leave nothing when removed', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const pair = new Pair();
      try {
        for (const one of steps) pair.take(one);
        pair.settle();
        pair.empty();
      } finally {
        pair.close();
        jest.clearAllTimers();
      }
    }),
  );
});
