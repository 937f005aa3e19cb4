import type { AgentEvent, DeployVerb } from '../../lib/control/status';
import { WaveTracker } from '../../lib/control/waves';

const event = (node: string, ms: number, message: string, kind: AgentEvent['kind'] = 'transaction') => ({
  ...{ node, kind, message },
  time: new Date(ms).toISOString(),
});
const stepOf7 = (node: string, ms: number, step: DeployVerb) => ({
  ...event(node, ms, 'in any words'),
  ...{ step, activation: 7 },
});

test('a deploy is followed wave by wave, as its nodes are activated together or after a gate', () => {
  const waves = new WaveTracker();
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
  ].map((one) => waves.take(one));
  expect(steps.map((one) => one && [one.step, one.wave, one.isFirst])).toEqual([
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
  expect(waves.sizeOf(7)).toEqual({ waves: 2, nodes: 3, isWhole: true });
});

test('what agents say of other things is no step of a deploy', () => {
  const waves = new WaveTracker();
  expect(waves.take(event('n1', 0, 'drain requested by ann'))).toBeUndefined();
  expect(waves.take(event('n1', 0, 'activate activation 7, release x', 'session'))).toBeUndefined();
  expect(waves.sizeOf(7)).toEqual({ waves: 0, nodes: 0, isWhole: false });
});

test.each<[string, readonly (readonly [string, DeployVerb])[], object]>([
  ['is confirmed', [['n1', 'confirm']], { waves: 0, nodes: 0 }],
  [
    'has a first wave',
    [
      ['n3', 'activate'],
      ['n3', 'confirm'],
    ],
    { waves: 1, nodes: 1 },
  ],
  [
    'was staged on one node and runs on another',
    [
      ['n1', 'stage'],
      ['n1', 'activate'],
      ['n2', 'confirm'],
    ],
    { waves: 1, nodes: 1 },
  ],
])('a deploy of which no earlier event was read than that it %s is not known from its beginning', (_, steps, size) => {
  const waves = new WaveTracker();
  for (const [i, [node, step]] of steps.entries()) waves.take(stepOf7(node, 5000 * i, step));
  expect(waves.sizeOf(7)).toEqual({ ...size, isWhole: false });
});
