import * as fc from 'fast-check';
import {
  activate,
  type Command,
  confirm,
  expire,
  finalise,
  type Instant,
  NOTHING,
  Refusal,
  remove,
  rollBack,
  stage,
  type TransactionState,
} from '../../lib/control/transaction';

const at = (ms: number, boot = 'b1'): Instant => ({ boot, at: ms });
const command = (activation: number, release = `r${activation}`, owner = 'alice'): Command => ({
  owner,
  release,
  activation,
});
/** Carries out steps in order; fails on the first refusal. */
const outcome = (...steps: ((state: TransactionState) => TransactionState | Refusal)[]): TransactionState =>
  steps.reduce((state, step) => {
    const next = step(state);
    if (next instanceof Refusal) throw new Error(next.message);
    return next;
  }, NOTHING);
const deploy = (activation: number) => [
  (s: TransactionState) => stage(s, command(activation)),
  (s: TransactionState) => activate(s, command(activation), at(1000)),
  (s: TransactionState) => confirm(s, command(activation)),
  (s: TransactionState) => finalise(s, command(activation)),
];

describe('the transaction of an agent', () => {
  test('stages beside what runs, activates with a deadline, confirms and finalises', () => {
    const confirmed = outcome(...deploy(1));
    const staged = stage(confirmed, command(2)) as TransactionState;
    expect([staged.active?.release, staged.staged?.release]).toEqual(['r1', 'r2']);
    const active = activate(staged, command(2), at(500)) as TransactionState;
    expect(active).toMatchObject({
      active: { release: 'r2' },
      confirmed: { release: 'r1' },
      retiring: { release: 'r1' },
      deadline: at(500),
      staged: null,
    });
    const kept = confirm(active, command(2)) as TransactionState;
    expect(kept).toMatchObject({ confirmed: { release: 'r2' }, retiring: { release: 'r1' }, deadline: null });
    expect(finalise(kept, command(2))).toMatchObject({ retiring: null, confirmed: { release: 'r2' } });
  });

  test('returns by itself to the last confirmed release when no confirmation comes', () => {
    const active = outcome(
      ...deploy(1),
      (s) => stage(s, command(2)),
      (s) => activate(s, command(2), at(500)),
    );
    expect(expire(active, at(499))).toBe(active);
    const returned = expire(active, at(500));
    expect(returned).toMatchObject({
      active: { release: 'r1' },
      retiring: null,
      deadline: null,
      returned: { release: 'r2', reason: 'no confirmation came in time' },
    });
    const late = confirm(returned, command(2));
    expect(late).toBeInstanceOf(Refusal);
    expect((late as Refusal).code).toBe('returned');
  });

  test('returns after a reboot, since nobody knows how long it took', () => {
    const active = outcome(
      (s) => stage(s, command(1)),
      (s) => activate(s, command(1), at(500)),
    );
    expect(expire(active, at(3, 'b2')).active).toBeNull();
  });

  test('never returns once confirmed', () => {
    const confirmed = outcome(...deploy(1));
    expect(expire(confirmed, at(1e9))).toBe(confirmed);
    expect(rollBack(confirmed, command(1), 'gate')).toMatchObject({ active: { release: 'r1' } });
  });

  test('refuses another owner and names the first', () => {
    const staged = outcome((s) => stage(s, command(1)));
    for (const verb of [stage, (s: TransactionState, c: Command) => activate(s, c, at(1)), confirm, finalise]) {
      const refused = verb(staged, command(2, 'r2', 'bob'));
      expect(refused).toMatchObject({ code: 'owner' });
      expect((refused as Refusal).message).toContain('alice');
    }
    expect(remove(staged, 'bob')).toMatchObject({ code: 'owner' });
    expect(remove(staged, 'alice')).toEqual(NOTHING);
  });

  test('refuses an activation that is not new, so that the second of two pipelines plans again', () => {
    const confirmed = outcome(...deploy(4));
    expect(stage(confirmed, command(4, 'other'))).toMatchObject({ code: 'activation' });
    expect(stage(confirmed, command(3))).toMatchObject({ code: 'activation' });
    expect(stage(confirmed, command(5))).toMatchObject({ staged: { activation: 5 } });
  });

  test('lets a staged release be replaced, since it never ran', () => {
    expect(
      outcome(
        (s) => stage(s, command(1)),
        (s) => stage(s, command(1, 'other')),
      ).staged?.release,
    ).toBe('other');
  });

  test('refuses to activate what is not staged, and to confirm or finalise what does not run', () => {
    expect(activate(NOTHING, command(1), at(1))).toMatchObject({ code: 'not-staged' });
    expect(confirm(NOTHING, command(1))).toMatchObject({ code: 'not-active' });
    expect(finalise(NOTHING, command(1))).toMatchObject({ code: 'not-active' });
  });

  const verbs = fc.record({
    verb: fc.constantFrom('stage', 'activate', 'confirm', 'finalise', 'rollback', 'expire', 'remove'),
    activation: fc.integer({ min: 1, max: 4 }),
    release: fc.constantFrom('a', 'b'),
    owner: fc.constantFrom('alice', 'alice', 'alice', 'bob'),
    now: fc.integer({ min: 0, max: 100 }),
  });
  type Step = typeof verbs extends fc.Arbitrary<infer T> ? T : never;
  const carryOut = (state: TransactionState, step: Step): TransactionState => {
    const c = { owner: step.owner, release: step.release, activation: step.activation };
    const next = {
      stage: () => stage(state, c),
      activate: () => activate(state, c, at(step.now)),
      confirm: () => confirm(state, c),
      finalise: () => finalise(state, c),
      rollback: () => rollBack(state, c, 'asked'),
      expire: () => expire(state, at(step.now)),
      remove: () => remove(state, step.owner),
    }[step.verb]!();
    return next instanceof Refusal ? state : next;
  };

  test('always runs the confirmed release or one that has a deadline, and does nothing the second time', () => {
    fc.assert(
      fc.property(fc.array(verbs, { maxLength: 40 }), (steps) => {
        let state: TransactionState = NOTHING;
        for (const step of steps) {
          const next = carryOut(state, step);
          expect(carryOut(next, step)).toEqual(next);
          if (step.verb !== 'remove') expect(next.activation).toBeGreaterThanOrEqual(state.activation);
          const isConfirmed = JSON.stringify(next.active) === JSON.stringify(next.confirmed);
          expect(isConfirmed).toBe(next.deadline === null);
          state = next;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
