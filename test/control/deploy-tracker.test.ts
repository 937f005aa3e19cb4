import { DeployTracker } from '../../lib/control/deploy-tracker';
import type { AgentEvent, DeployVerb } from '../../lib/control/status';

const event = (node: string, ms: number, message: string, kind: AgentEvent['kind'] = 'transaction') => ({
  ...{ node, kind, message },
  time: new Date(ms).toISOString(),
});
const stepOf7 = (node: string, ms: number, step: DeployVerb) => ({
  ...event(node, ms, 'in any words'),
  ...{ step, activation: 7 },
});

/** Follows these nodes, whose events are known since then. */
function watching(since: Record<string, number | undefined>): DeployTracker {
  const deploys = new DeployTracker(Object.keys(since));
  for (const [node, ms] of Object.entries(since))
    if (ms !== undefined) deploys.knownSince(node, new Date(ms).toISOString());
  return deploys;
}

test('a deploy is followed in groups of nodes, activated together or after a pause', () => {
  const deploys = watching({ n1: 0, n2: 0, n3: 0 });
  const steps = [
    stepOf7('n1', 0, 'stage'),
    event('n2', 5, 'stage activation 7, release 5dea419f'), // an agent of 0.1
    stepOf7('n3', 10, 'stage'),
    stepOf7('n1', 100, 'activate'),
    event('n2', 150, 'activate activation 7, release 5dea419f, to be confirmed within 60 s'),
    event('n1', 900, 'n2 10.0.0.2: Established', 'session'),
    stepOf7('n3', 5000, 'activate'),
    stepOf7('n1', 9000, 'confirm'),
    stepOf7('n3', 9010, 'confirm'),
  ].map((one) => deploys.take(one));
  expect(steps.map((one) => one && [one.step, one.group, one.isFirst])).toEqual([
    ['stage', undefined, true],
    ['stage', undefined, false],
    ['stage', undefined, false],
    ['activate', 1, true],
    ['activate', 1, false],
    undefined,
    ['activate', 2, true],
    ['confirm', 1, true],
    ['confirm', 2, false],
  ]);
  expect(deploys.sizeOf(7)).toEqual({ nodes: 3, of: 3, isWhole: true });
});

test('what agents say of other things is no step of a deploy', () => {
  const deploys = new DeployTracker();
  expect(deploys.take(event('n1', 0, 'drain requested by ann'))).toBeUndefined();
  expect(deploys.take(event('n1', 0, 'activate activation 7, release x', 'session'))).toBeUndefined();
  expect(deploys.sizeOf(7)).toEqual({ nodes: 0, of: 0, isWhole: false });
});

test.each<[string, readonly (readonly [string, DeployVerb])[], number]>([
  ['is confirmed', [['n1', 'confirm']], 0],
  [
    'has a first wave',
    [
      ['n3', 'activate'],
      ['n3', 'confirm'],
    ],
    1,
  ],
  [
    'was staged on one node and runs on another',
    [
      ['n1', 'stage'],
      ['n1', 'activate'],
      ['n2', 'confirm'],
    ],
    1,
  ],
])('a deploy of which no earlier event was read than that it %s is not known from its beginning', (_, steps, nodes) => {
  const deploys = watching({ n1: 0, n2: 0, n3: 0 });
  for (const [i, [node, step]] of steps.entries()) deploys.take(stepOf7(node, 5000 * i, step));
  expect(deploys.sizeOf(7)).toEqual({ nodes, of: 3, isWhole: false });
});

test.each<[string, number | undefined, boolean]>([
  ['is known since the deploy began', 1000, true],
  ['was restarted after the deploy began', 1001, false],
  ['has not responded', undefined, false],
])('a deploy without a step of a node that %s', (_, since, isWhole) => {
  const deploys = watching({ n1: 0, n2: since });
  for (const [i, step] of (['stage', 'activate', 'confirm'] as const).entries())
    deploys.take(stepOf7('n1', 1000 + 10 * i, step));
  expect(deploys.sizeOf(7)).toEqual({ nodes: 1, of: 2, isWhole });
});

test('deploys without end are not all remembered', () => {
  const deploys = watching({ n1: 0 });
  const begin = (activation: number) => deploys.take({ ...stepOf7('n1', activation, 'activate'), activation });
  for (let activation = 1; activation <= 1_001; activation++) begin(activation);
  expect([1, 2, 1_001].map((activation) => deploys.nodesOf(activation).size)).toEqual([0, 1, 1]);
});
