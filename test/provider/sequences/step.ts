import fc from 'fast-check';
import type { Fault } from './agents';
import { KEYS, NODES, type NodeName } from './world';

const node = fc.constantFrom(...NODES);
const key = fc.constantFrom(...KEYS);

const change = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ change: fc.constant('hold time' as const), key, to: fc.constantFrom(30, 60, 90) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ change: fc.constant('move' as const), node: fc.constantFrom<NodeName>('n3', 'n4') }),
  },
  { weight: 1, arbitrary: fc.record({ change: fc.constant('drop' as const), node: fc.constantFrom<NodeName>('n3') }) },
  { weight: 1, arbitrary: fc.record({ change: fc.constant('rename' as const), key, isMoved: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ change: fc.constant('secrets' as const), key }) },
  { weight: 1, arbitrary: fc.record({ change: fc.constant('ignore' as const), key }) },
  { weight: 1, arbitrary: fc.record({ change: fc.constant('form' as const), key }) },
  { weight: 3, arbitrary: fc.constant({ change: 'none' as const }) },
);

const fault: fc.Arbitrary<Fault> = fc.record({
  node,
  verb: fc.constantFrom('deliver', 'stage', 'activate', 'confirm', 'finalise', 'rollback', 'remove'),
  kind: fc.constantFrom('refuses', 'is down', 'answer is lost', 'is killed before', 'is killed after'),
});

const trouble = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ trouble: 'none' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      trouble: fc.constant('faults' as const),
      faults: fc.array(fault, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ trouble: fc.constant('provider dies' as const), verbs: fc.integer({ min: 1, max: 40 }) }),
  },
  { weight: 2, arbitrary: fc.record({ trouble: fc.constant('no sessions' as const), node }) },
  { weight: 2, arbitrary: fc.constant({ trouble: 'probe broken' as const }) },
  { weight: 1, arbitrary: fc.record({ trouble: fc.constant('agent down' as const), node }) },
  {
    weight: 2,
    arbitrary: fc.record({ trouble: fc.constant('disk full' as const), node, room: fc.integer({ min: 0, max: 6 }) }),
  },
);

const run = fc.oneof(
  { weight: 10, arbitrary: fc.constant({ run: 'apply' as const }) },
  { weight: 1, arbitrary: fc.constant({ run: 'plan' as const }) },
  { weight: 1, arbitrary: fc.constant({ run: 'refresh only' as const }) },
  { weight: 1, arbitrary: fc.constant({ run: 'destroy' as const }) },
  { weight: 1, arbitrary: fc.constant({ run: 'apply without refresh' as const }) },
  { weight: 1, arbitrary: fc.record({ run: fc.constant('target fabric' as const), key }) },
  { weight: 1, arbitrary: fc.record({ run: fc.constant('target all of one' as const), key }) },
  { weight: 1, arbitrary: fc.record({ run: fc.constant('replace' as const), key }) },
  { weight: 1, arbitrary: fc.record({ run: fc.constant('rename without moved' as const), key }) },
  { weight: 1, arbitrary: fc.record({ run: fc.constant('claim twice' as const), node, isTargeted: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ run: 'another workspace' as const }) },
);

const after = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ after: 'nothing' as const }) },
  { weight: 3, arbitrary: fc.constant({ after: 'time passes' as const }) },
  { weight: 1, arbitrary: fc.record({ after: fc.constant('wiped' as const), node }) },
  { weight: 1, arbitrary: fc.record({ after: fc.constant('restarted' as const), node }) },
  {
    weight: 1,
    arbitrary: fc.record({ after: fc.constant('state goes back' as const), steps: fc.integer({ min: 1, max: 4 }) }),
  },
);

/**
 * One thing that happens: people change their minds, something breaks, terraform is run, and then something more
 * happens.
 */
export const step = fc.record({ change, trouble, lasts: fc.boolean(), run, after, heals: fc.boolean() });
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
