import { packDelivery } from '../../../lib/control/delivery';
import { makeRelease } from '../../../lib/control/release';
import { Refusal } from '../../../lib/control/transaction';
import { readFabric } from '../../../lib/model/read';
import { Fleet } from '../../../lib/provider/fleet';
import { leftBehind } from '../../../lib/provider/resource/left-behind';
import { Claims, untilLetGo } from '../../../lib/provider/resource/moves';
import { FleetDouble } from '../agent-double';

/** What is waited for has no time of its own here. */
jest.mock('../../../lib/provider/pause', () => ({ pause: async () => {} }));

const OWNER = 'alice@host:/stack';
let agents: FleetDouble;
let stop: AbortSignal;
beforeEach(async () => {
  agents = new FleetDouble();
  await agents.start('n1', 'n2', 'n3');
  stop = new AbortController().signal;
});
afterEach(() => agents.stop());

const endpoints = (...nodes: string[]) => Object.fromEntries(nodes.map((node) => [node, agents.get(node).endpoint]));

type Step = 'stage' | 'activate' | 'confirm';
interface Deploy {
  readonly owner?: string;
  /** How far each node comes; what is not named confirms. */
  readonly until?: Readonly<Record<string, Step>>;
}
/** Deploys fabric `main`, of these nodes, to those of them that are not named as away. */
async function deploy(
  activation: number,
  nodes: string[],
  { owner = OWNER, until = {} }: Deploy = {},
  away = '',
): Promise<void> {
  const { fabric } = readFabric({
    name: 'main',
    nodes: Object.fromEntries(nodes.map((node) => [node, { ipv4Address: `10.0.0.${node.slice(1)}` }])),
  });
  const release = makeRelease(fabric!);
  const command = { owner, fabric: 'main', release: release.digest, activation };
  for (const node of nodes.filter((it) => it !== away)) {
    await agents.get(node).deliver(packDelivery({ release, endpoints: endpoints(...nodes) }));
    const steps = ['stage', 'activate', 'confirm'] as const;
    for (const verb of steps.slice(0, 1 + steps.indexOf(until[node] ?? 'confirm')))
      expect(await agents.get(node).perform(verb, { ...command, node, confirmWithin: 60 })).not.toBeInstanceOf(Refusal);
  }
}
const left = async (...nodes: string[]) => [
  ...(await leftBehind(new Set(nodes), new Fleet(endpoints('n1', 'n2', 'n3'), stop), stop)),
];

beforeEach(() => deploy(1, ['n1', 'n2', 'n3']));

test('a node is left behind where every node of its fabric keeps a later deploy without it', async () => {
  expect(await left('n1', 'n2', 'n3')).toEqual([]);
  await deploy(2, ['n1', 'n2']);
  expect(await left('n3')).toEqual(['n3']);
  expect(await left('n1', 'n2', 'n3')).toEqual([]); // asked of one that is in it, the fabric goes on with it
});

test('it is not while another node still keeps what they had together', async () => {
  await deploy(2, ['n1', 'n2'], { until: { n2: 'activate' } }); // as after a commit of the first wave
  expect(await left('n3')).toEqual([]);
  agents.get('n2').expire();
  expect(await left('n3')).toEqual([]);
});

test('it is not while a node of the fabric does not answer: that one may still have sessions with it', async () => {
  await deploy(2, ['n1', 'n2']);
  await agents.get('n2').stop();
  expect(await left('n3')).toEqual([]);
});

test('it is not while its fabric has another deploy on trial, or on its way back to it', async () => {
  await deploy(2, ['n1', 'n2']);
  await deploy(3, ['n1', 'n2', 'n3'], { until: { n1: 'stage', n2: 'stage', n3: 'stage' } });
  expect(await left('n3')).toEqual([]);
});

test('a fabric of the same name that somebody else deployed says nothing of it', async () => {
  for (const node of ['n1', 'n2']) agents.get(node).wipe();
  await deploy(2, ['n1', 'n2'], { owner: 'bob@host:/stack' });
  expect(await left('n3')).toEqual([]);
});

test('it is not taken from a fabric whose configuration wants it in this run', async () => {
  await deploy(2, ['n1', 'n2']);
  const fleet = new Fleet(endpoints('n3'), stop);
  const held = new Map([['n3', 'main']]);
  expect([...(await untilLetGo(held, fleet, stop)).keys()]).toEqual([]);
  Claims.of(stop).claim(['main'], endpoints('n1', 'n2', 'n3'));
  expect([...(await untilLetGo(held, fleet, stop)).keys()]).toEqual(['n3']);
});
