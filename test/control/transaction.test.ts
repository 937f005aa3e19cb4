import fc from 'fast-check';
import {
  activate,
  type Command,
  confirm,
  drain,
  emptied,
  expire,
  finalise,
  holderOf,
  INITIAL_STATE,
  type Instant,
  Refusal,
  remove,
  rollBack,
  stage,
  type TransactionState,
  undrain,
} from '../../lib/control/transaction';

const at = (ms: number, boot = 'b1'): Instant => ({ boot, at: ms });
const command = (activation: number, release = `r${activation}`, owner = 'alice', fabric = 'main'): Command => ({
  owner,
  fabric,
  release,
  activation,
});
/** Carries out steps in order; fails on the first refusal. */
const outcome = (...steps: ((state: TransactionState) => TransactionState | Refusal)[]): TransactionState =>
  steps.reduce((state, step) => {
    const next = step(state);
    if (next instanceof Refusal) throw new Error(next.message);
    return next;
  }, INITIAL_STATE);
const deploy = (activation: number) => [
  (s: TransactionState) => stage(s, command(activation)),
  (s: TransactionState) => activate(s, command(activation), { deadline: at(1000) }),
  (s: TransactionState) => confirm(s, command(activation)),
  (s: TransactionState) => finalise(s, command(activation)),
];

describe('the transaction of an agent', () => {
  test('stages beside what runs, activates with a deadline, confirms and finalises', () => {
    const confirmed = outcome(...deploy(1));
    const staged = stage(confirmed, command(2)) as TransactionState;
    expect([staged.active?.release, staged.staged?.release]).toEqual(['r1', 'r2']);
    const active = activate(staged, command(2), { deadline: at(500) }) as TransactionState;
    expect(active).toMatchObject({
      active: { release: 'r2' },
      confirmed: { release: 'r1' },
      retiring: { release: 'r1' },
      deadline: at(500),
      staged: null,
    });
    const kept = confirm(active, command(2)) as TransactionState;
    expect(kept).toMatchObject({ confirmed: { release: 'r2' }, retiring: { release: 'r1' }, deadline: null });
    const draining = finalise(kept, command(2)) as TransactionState;
    expect(draining).toMatchObject({ retiring: { release: 'r1', phase: 'draining' } });
    expect(emptied(draining)).toMatchObject({ retiring: null, confirmed: { release: 'r2' } });
  });

  test('returns by itself to the last confirmed release when no confirmation comes', () => {
    const active = outcome(
      ...deploy(1),
      (s) => stage(s, command(2)),
      (s) => activate(s, command(2), { deadline: at(500) }),
    );
    expect(expire(active, at(499))).toBe(active);
    const returned = expire(active, at(500));
    expect(returned).toMatchObject({
      active: { release: 'r1' },
      retiring: null,
      deadline: null,
      returned: { release: 'r2', reason: 'no confirmation arrived in time' },
    });
    const late = confirm(returned, command(2));
    expect(late).toBeInstanceOf(Refusal);
    expect((late as Refusal).code).toBe('returned');
  });

  test('is held to what was noted when it activated, until that is confirmed or undone', () => {
    const trial = { at: '', isFirst: true, demands: [] };
    const staged = stage(INITIAL_STATE, command(1)) as TransactionState;
    const active = activate(staged, command(1), { deadline: at(500), trial }) as TransactionState;
    expect(active.trial).toEqual(trial);
    expect(activate(active, command(1), { deadline: at(900) })).toBe(active);
    for (const over of [
      confirm(active, command(1)),
      rollBack(active, command(1), 'no'),
      expire(active, at(501)),
      remove(active, command(1)),
    ])
      expect(over).not.toHaveProperty('trial');
    const next = stage(active, command(2)) as TransactionState;
    expect(next.trial).toEqual(trial);
    expect(activate(next, command(2), { deadline: at(900) })).not.toHaveProperty('trial');
  });

  test('returns after a reboot, since nobody knows how long it took', () => {
    const active = outcome(
      (s) => stage(s, command(1)),
      (s) => activate(s, command(1), { deadline: at(500) }),
    );
    expect(expire(active, at(3, 'b2')).active).toBeNull();
  });

  test('never returns once confirmed', () => {
    const confirmed = outcome(...deploy(1));
    expect(expire(confirmed, at(1e9))).toBe(confirmed);
    expect(rollBack(confirmed, command(1), 'gate')).toMatchObject({ active: { release: 'r1' } });
  });

  describe('belongs to who confirmed something here', () => {
    const main = outcome(...deploy(1));

    test('and refuses another owner, whom it tells the first and the way to take over', () => {
      for (const verb of [
        stage,
        (s: TransactionState, c: Command) => activate(s, c, { deadline: at(1) }),
        confirm,
        finalise,
        (s: TransactionState, c: Command) => rollBack(s, c, 'asked'),
        remove,
      ]) {
        const refused = verb(main, command(2, 'r2', 'bob'));
        expect(refused).toMatchObject({ code: 'owner' });
        expect((refused as Refusal).message).toMatch(/deployed by alice.*terraform import/);
      }
      expect(remove(main, { owner: 'alice', fabric: 'main' })).toEqual(INITIAL_STATE);
    });

    test('and to nobody before: what was staged, or was on trial and went back, locks nobody out', () => {
      const killed = [
        outcome((s) => stage(s, command(1))),
        outcome(
          (s) => stage(s, command(1)),
          (s) => activate(s, command(1), { deadline: at(500) }),
          (s) => expire(s, at(500)),
        ),
      ];
      for (const state of killed)
        expect(stage(state, command(2, 'r2', 'bob', 'other'))).toMatchObject({ staged: { owner: 'bob' } });
    });

    test('but may be taken over from an owner that is gone, once the new one has confirmed', () => {
      const taken = stage(main, command(2, 'r2', 'bob'), { takes: 'alice' }) as TransactionState;
      const trial = activate(taken, command(2, 'r2', 'bob'), { deadline: at(500) }) as TransactionState;
      expect(stage(expire(trial, at(500)), command(3))).toMatchObject({ staged: { owner: 'alice' } });
      expect(stage(confirm(trial, command(2, 'r2', 'bob')) as TransactionState, command(3))).toMatchObject({
        code: 'owner',
      });
      expect(stage(main, command(2, 'r2', 'bob'), { takes: 'carol' })).toMatchObject({ code: 'owner' });
    });

    test('and to one fabric: it refuses another of the same owner, unless that names the fabric it takes it from', () => {
      const other = command(2, 'r2', 'alice', 'other');
      for (const verb of [stage, confirm, finalise, remove]) {
        const refused = verb(main, other);
        expect(refused).toMatchObject({ code: 'fabric' });
        expect((refused as Refusal).message).toContain('belongs to fabric main');
      }
      expect(stage(main, other, { from: ['main'] })).toMatchObject({ staged: { fabric: 'other' } });
    });
  });

  describe('between two fabrics', () => {
    const other = command(2, 'r2', 'alice', 'other');
    const taken = outcome(...deploy(1), (s) => stage(s, other, { from: ['main'] }));
    const main = { owner: 'alice', fabric: 'main' };

    test('runs what it ran until the one that takes it is confirmed, when the first lets it go', () => {
      const freed = remove(taken, main) as TransactionState;
      expect(freed).toMatchObject({ active: { release: 'r1' }, staged: { release: 'r2' }, freed: true });
      const trial = activate(freed, other, { deadline: at(500) }) as TransactionState;
      expect(trial.retiring).toMatchObject({ release: 'r1' });
      expect(expire(trial, at(500)).active).toMatchObject({ release: 'r1' });
      expect(confirm(trial, other)).toMatchObject({ confirmed: { fabric: 'other' }, freed: false });
    });

    test('is not cleaned by the first once the second has it', () => {
      const moved = outcome(
        () => taken,
        (s) => activate(s, other, { deadline: at(500) }),
        (s) => confirm(s, other),
      );
      expect(remove(moved, main)).toMatchObject({ code: 'fabric' });
    });

    test('is empty where the second gives it up, too, and may be taken by anybody meanwhile', () => {
      const freed = remove(taken, main) as TransactionState;
      expect(remove(freed, { owner: 'alice', fabric: 'other' })).toEqual(INITIAL_STATE);
      expect(stage(freed, command(3, 'r3', 'bob', 'third'))).toMatchObject({ staged: { owner: 'bob' } });
    });

    test('keeps what the first confirmed where only the second gives up', () => {
      const left = remove(taken, { owner: 'alice', fabric: 'other' });
      expect(left).toMatchObject({ staged: null, confirmed: { fabric: 'main' }, freed: false });
    });

    test('is wholly removed under the names that its fabric had', () => {
      expect(remove(taken, { owner: 'alice', fabric: 'other' }, { from: ['main'] })).toEqual(INITIAL_STATE);
    });
  });

  test('refuses an activation that is not new, so that the second of two pipelines plans again', () => {
    const confirmed = outcome(...deploy(4));
    expect(stage(confirmed, command(4, 'other'))).toMatchObject({ code: 'activation' });
    expect(stage(confirmed, command(3))).toMatchObject({ code: 'activation' });
    expect(stage(confirmed, command(5))).toMatchObject({ staged: { activation: 5 } });
  });

  test('lets a staged release be replaced by a later activation, since it never ran', () => {
    const staged = outcome((s) => stage(s, command(1)));
    expect(stage(staged, command(2, 'other'))).toMatchObject({ staged: { release: 'other' }, activation: 2 });
    expect(stage(staged, command(1, 'other'))).toMatchObject({ code: 'activation' });
  });

  test('never takes a number twice, also where what had it was forgotten', () => {
    const forgotten = outcome(
      (s) => stage(s, command(3)),
      (s) => rollBack(s, command(3), 'asked'),
    );
    expect(forgotten).toMatchObject({ staged: null, activation: 3 });
    expect(stage(forgotten, command(3, 'other'))).toMatchObject({ code: 'activation' });
  });

  test('refuses to activate what is not staged, and to confirm or finalise what does not run', () => {
    expect(activate(INITIAL_STATE, command(1), { deadline: at(1) })).toMatchObject({ code: 'not-staged' });
    expect(confirm(INITIAL_STATE, command(1))).toMatchObject({ code: 'not-active' });
    expect(finalise(INITIAL_STATE, command(1))).toMatchObject({ code: 'not-active' });
  });

  const verbs = fc.record({
    verb: fc.constantFrom(
      ...([
        'stage',
        'activate',
        'confirm',
        'finalise',
        'emptied',
        'rollback',
        'expire',
        'drain',
        'undrain',
        'remove',
      ] as const),
    ),
    behind: fc.constantFrom([], ['n2']),
    activation: fc.integer({ min: 1, max: 4 }),
    release: fc.constantFrom('a', 'b'),
    owner: fc.constantFrom('alice', 'alice', 'alice', 'bob'),
    fabric: fc.constantFrom('main', 'main', 'main', 'other'),
    from: fc.constantFrom([], [], ['main'], ['other']),
    takes: fc.constantFrom(undefined, undefined, 'alice'),
    now: fc.integer({ min: 0, max: 100 }),
  });
  type Step = typeof verbs extends fc.Arbitrary<infer T> ? T : never;
  const carryOut = (state: TransactionState, step: Step): TransactionState => {
    const c = { owner: step.owner, fabric: step.fabric, release: step.release, activation: step.activation };
    const consent = { from: step.from, ...(step.takes !== undefined && { takes: step.takes }) };
    const next = {
      stage: () => stage(state, c, consent),
      activate: () => activate(state, c, { deadline: at(step.now) }),
      confirm: () => confirm(state, c),
      finalise: () => finalise(state, c, step.behind),
      emptied: () => emptied(state),
      rollback: () => rollBack(state, c, 'asked'),
      expire: () => expire(state, at(step.now)),
      drain: () => drain(state, { by: step.owner, at: String(step.now) }),
      undrain: () => undrain(state),
      remove: () => remove(state, c, consent),
    }[step.verb]();
    return next instanceof Refusal ? state : next;
  };

  test('always runs the confirmed release or one that has a deadline, and does nothing the second time', () => {
    fc.assert(
      fc.property(fc.array(verbs, { maxLength: 40 }), (steps) => {
        let state: TransactionState = INITIAL_STATE;
        for (const step of steps) {
          const next = carryOut(state, step);
          expect(carryOut(next, step)).toEqual(next);
          if (step.verb !== 'remove') expect(next.activation).toBeGreaterThanOrEqual(state.activation);
          const isConfirmed = JSON.stringify(next.active) === JSON.stringify(next.confirmed);
          expect(isConfirmed).toBe(next.deadline === null);
          // What somebody confirmed, nobody else changes without being let.
          const [held, holder] = [holderOf(state), holderOf(next)];
          const isOther = held && (held.owner !== step.owner || held.fabric !== step.fabric);
          if (isOther && step.from.length === 0 && step.takes === undefined && step.verb !== 'confirm')
            expect(holder).toEqual(held);
          state = next;
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('whatever ends a deploy, and whenever agents crash: each node runs the new or its last confirmed release, and one more deploy converges', () => {
    const NODES = [0, 1, 2];
    const steps = NODES.flatMap((node) =>
      (['stage', 'activate', 'confirm', 'finalise'] as const).map((verb) => ({ verb, node })),
    );
    const order = ['stage', 'activate', 'confirm', 'finalise'];
    const script = [...steps].sort((a, b) => order.indexOf(a.verb) - order.indexOf(b.verb));
    const carry = (state: TransactionState, verb: (typeof script)[number]['verb'], c: Command, deadline: number) => {
      const next = {
        stage: () => stage(state, c),
        activate: () => activate(state, c, { deadline: at(deadline) }),
        confirm: () => confirm(state, c),
        finalise: () => finalise(state, c),
      }[verb]();
      return next instanceof Refusal ? state : next;
    };
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: script.length }),
        // At each step: an agent crashes before it wrote what it was told, or after; time passes for it.
        fc.array(fc.record({ lost: fc.boolean(), passes: fc.integer({ min: 0, max: 60 }) }), {
          minLength: 12,
          maxLength: 12,
        }),
        fc.boolean(),
        (dies, events, reboots) => {
          const fleet = NODES.map(() => outcome(...deploy(1)));
          const clock = NODES.map(() => 0);
          for (const [i, { verb, node }] of script.slice(0, dies).entries()) {
            clock[node] += events[i].passes;
            fleet[node] = expire(fleet[node], at(clock[node]));
            if (!events[i].lost) fleet[node] = carry(fleet[node], verb, command(2), clock[node] + 100);
            expect(['r1', 'r2']).toContain(fleet[node].active?.release);
          }
          // Nobody comes any more: what was not confirmed goes back by itself, also over a reboot.
          const later = fleet.map((state) => expire(state, reboots ? at(0, 'b2') : at(10_000)));
          for (const state of later) expect(state.active).toEqual(state.confirmed);
          const healed = later.map((state) =>
            order.reduce((now, verb) => carry(now, verb as 'stage', command(3, 'r2'), 20_000), state),
          );
          for (const state of healed)
            expect(emptied(state)).toMatchObject({
              confirmed: { release: 'r2', activation: 3 },
              retiring: null,
              deadline: null,
            });
        },
      ),
      { numRuns: 500 },
    );
  });

  test('lets former sessions drain before they end, and those with nodes that are behind stay until a later finalise', () => {
    const trial = outcome(
      ...deploy(1),
      (s) => emptied(s),
      (s) => stage(s, command(2)),
      (s) => activate(s, command(2), { deadline: at(500) }),
    );
    expect(trial.retiring).toEqual({ release: 'r1', activation: 1, phase: 'kept', behind: [] });
    const confirmed = confirm(trial, command(2)) as TransactionState;
    const draining = finalise(confirmed, command(2), ['n3']) as TransactionState;
    expect(draining.retiring).toMatchObject({ phase: 'draining', behind: ['n3'] });
    const closed = emptied(draining);
    expect(closed.retiring).toMatchObject({ phase: 'closed', behind: ['n3'] });
    expect(finalise(closed, command(2), ['n3'])).toBe(closed);
    expect(emptied(finalise(closed, command(2)) as TransactionState).retiring).toBeNull();
    // The same release once more, as an absent node catches up: what still goes on beside it does.
    const again = outcome(
      () => closed,
      (s) => stage(s, command(3, 'r2')),
      (s) => activate(s, command(3, 'r2'), { deadline: at(1) }),
    );
    expect(again.retiring).toEqual(closed.retiring);
  });

  test('remembers who drained the node and when, until somebody undoes it or a release says what is to be', () => {
    const drained = drain(outcome(...deploy(1)), { by: 'carol', at: 'noon' });
    expect(drain(drained, { by: 'dave', at: 'evening' }).drained).toEqual({ by: 'carol', at: 'noon' });
    expect(undrain(drained).drained).toBeNull();
    const staged = stage(drained, command(2)) as TransactionState;
    expect(activate(staged, command(2), { deadline: at(1) })).toMatchObject({ drained: { by: 'carol' } });
    expect(activate(staged, command(2), { deadline: at(1), saysDrain: true })).toMatchObject({ drained: null });
  });

  test('lets sessions that are up by what was staged go on when that is replaced or forgotten, until a release is confirmed', () => {
    const upBy = { tor: { localAs: 65001, remoteAs: 65199 } };
    const staged = outcome(...deploy(1), (s) => stage(s, command(2)));
    expect(staged).not.toHaveProperty('upBy');
    const forgotten = rollBack(staged, command(2), 'not healthy', upBy) as TransactionState;
    expect(forgotten).toMatchObject({ staged: null, upBy });
    const replaced = stage(staged, command(3), {}, upBy) as TransactionState;
    const trial = activate(replaced, command(3), { deadline: at(1) }) as TransactionState;
    expect(trial).toMatchObject({ active: { release: 'r3' }, upBy });
    expect(rollBack(trial, command(3), 'not healthy')).toMatchObject({ active: { release: 'r1' }, upBy });
    expect(confirm(trial, command(3))).not.toHaveProperty('upBy');
    expect(stage(forgotten, command(4))).not.toHaveProperty('upBy');
  });

  test('keeps with a release the local AS numbers that neighbours outside know, and goes back to those of the one it returns to', () => {
    const first = outcome(
      (s) => stage(s, command(1)),
      (s) => activate(s, command(1), { deadline: at(1), localAs: { tor: 64512 } }),
      (s) => confirm(s, command(1)),
    );
    expect(first.confirmed).toMatchObject({ localAs: { tor: 64512 } });
    const trial = outcome(
      () => first,
      (s) => stage(s, command(2)),
      (s) => activate(s, command(2), { deadline: at(1) }),
    );
    expect(trial.active).toMatchObject({ release: 'r2', activation: 2 });
    expect(trial.active).not.toHaveProperty('localAs');
    expect(expire(trial, at(1)).active).toMatchObject({ release: 'r1', localAs: { tor: 64512 } });
  });
});
