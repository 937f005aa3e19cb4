import fc from 'fast-check';
import { RateLimit } from '../../../lib/agent/events/rate-limit';

const RATES = { door: { burst: 3, everyMs: 1000 }, phone: { burst: 1, everyMs: 50 } };
type Kind = keyof typeof RATES;

/** What is said over a run: each admitted message, and each count of what was left out. */
interface Said {
  readonly kind: Kind;
  readonly of: string;
  readonly at: number;
  /** Undefined: a message itself. */
  readonly count?: number;
}

/** Gives a run to a limit as its owner does: what lifts in between is told in time. */
function run(steps: readonly { kind: Kind; of: string; wait: number }[]) {
  const limit = new RateLimit<Kind>(RATES);
  const said: Said[] = [];
  const lift = (at: number) => {
    for (const { kind, of, count } of limit.lift(at)) said.push({ kind, of, at, count });
  };
  let at = 0;
  for (const { kind, of, wait } of steps) {
    const until = at + wait;
    for (let next = limit.next; next !== undefined && next <= until; next = limit.next) {
      at = Math.max(at, next);
      lift(at);
    }
    at = until;
    lift(at);
    if (limit.admit(kind, of, at)) said.push({ kind, of, at });
  }
  return { limit, said, at, lift };
}

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom<Kind>('door', 'phone'),
    of: fc.constantFrom('', 'n1'),
    wait: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }), fc.double({ min: 0, max: 3000, noNaN: true })),
  }),
  { maxLength: 200 },
);
const each = [...Object.keys(RATES)].flatMap((kind) => ['', 'n1'].map((of) => ({ kind: kind as Kind, of })));

describe('a rate limit', () => {
  test('lets no more of a kind through in any time than its burst and what flows in', () => {
    fc.assert(
      fc.property(steps, (given) => {
        const { said } = run(given);
        for (const { kind, of } of each) {
          const times = said.filter((one) => one.kind === kind && one.of === of).map(({ at }) => at);
          const { burst, everyMs } = RATES[kind];
          times.forEach((from, first) => {
            for (let last = first; last < times.length; last++)
              expect(last - first + 1).toBeLessThanOrEqual(burst + (times[last] - from) / everyMs + 1e-6);
          });
        }
      }),
      { seed: 19, numRuns: 300 },
    );
  });

  test('counts exactly what it left out, and has told all of it once the limits have lifted', () => {
    fc.assert(
      fc.property(steps, (given) => {
        const { limit, said, at, lift } = run(given);
        for (let next = limit.next; next !== undefined; next = limit.next) lift(Math.max(at, next));
        for (const { kind, of } of each) {
          const mine = said.filter((one) => one.kind === kind && one.of === of);
          const through = mine.filter(({ count }) => count === undefined).length;
          const told = mine.reduce((sum, { count = 0 }) => sum + count, 0);
          expect(through + told).toBe(given.filter((one) => one.kind === kind && one.of === of).length);
          expect(mine.every(({ count }) => count !== 0)).toBe(true);
        }
      }),
      { seed: 19, numRuns: 300 },
    );
  });

  test('keeps kinds, and those of one kind that are apart, from one another', () => {
    const alone = (given: Parameters<typeof run>[0], kind: Kind, of: string) =>
      given.flatMap((step, i) => {
        if (step.kind === kind && step.of === of) {
          let wait = 0;
          for (let j = i; j >= 0; j--) {
            if (j < i && given[j].kind === kind && given[j].of === of) break;
            wait += given[j].wait;
          }
          return [{ ...step, wait }];
        }
        return [];
      });
    const whole = fc.array(
      fc.record({
        kind: fc.constantFrom<Kind>('door', 'phone'),
        of: fc.constantFrom('', 'n1'),
        wait: fc.integer({ min: 0, max: 700 }),
      }),
      { maxLength: 100 },
    );
    fc.assert(
      fc.property(whole, (given) => {
        for (const { kind, of } of each) {
          const among = run(given).said.filter((one) => one.kind === kind && one.of === of && one.count === undefined);
          expect(among).toEqual(run(alone(given, kind, of)).said.filter(({ count }) => count === undefined));
        }
      }),
      { seed: 19, numRuns: 200 },
    );
  });

  test('lets all through that comes slowly', () => {
    const { said } = run(Array.from({ length: 50 }, () => ({ kind: 'door' as const, of: '', wait: 1000 })));
    expect(said.filter(({ count }) => count === undefined)).toHaveLength(50);
  });

  test('forgets whom it has not heard of for long, and nothing that is to be told', () => {
    const { limit, at } = run(
      Array.from({ length: 20 }, (_, i) => ({ kind: 'phone' as const, of: `n${i >> 1}`, wait: 0 })),
    );
    limit.forget(at + 1e6);
    expect(limit.size).toBe(10);
    expect(limit.lift(at + 1e6)).toHaveLength(10);
    limit.forget(at + 1e9);
    expect(limit.size).toBe(0);
  });
});
