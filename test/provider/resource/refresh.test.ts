import { commit } from '../../../lib/provider/resource/commit';
import { fabric } from '../../../lib/provider/resource/fabric';
import { wave } from '../../../lib/provider/resource/wave';
import type { Context, Resource, ResourceResult } from '../../../lib/provider/resource-api';
import { conformObject, type Values } from '../../../lib/provider/value';
import { FleetDouble } from '../agent-double';

let fleet: FleetDouble;
let states: Record<'fabric' | 'wave' | 'commit', Values>;
/** How often each agent was asked who it is. */
let asked: Record<string, number>;

const run = (): Context => ({ stop: new AbortController().signal });
const create = async (resource: Resource, values: object, context = run()): Promise<Values> => {
  const config = conformObject(values as Values, resource.schema.attributes);
  return (await resource.create({ planned: config, config, private: {} }, context)).state!;
};

beforeEach(async () => {
  fleet = new FleetDouble();
  await fleet.start('n1', 'n2', 'n3');
  const nodes = Object.fromEntries(
    fleet.all.map(({ node, endpoint }) => [node, { ipv4_address: `10.0.0.${node.slice(1)}`, endpoint }]),
  );
  const staged = await create(fabric, { name: 'main', nodes });
  const endpoints = Object.fromEntries(fleet.all.map(({ node, endpoint }) => [node, endpoint]));
  const deployed = { fabric: 'main', release: staged.release, activation: 1, nodes: endpoints };
  states = { fabric: staged, wave: await create(wave, deployed), commit: await create(commit, deployed) };
  asked = { n1: 0, n2: 0, n3: 0 };
  for (const agent of fleet.all) {
    const summary = agent.summary.bind(agent);
    agent.summary = () => {
      asked[agent.node]++;
      return summary();
    };
  }
});
afterEach(() => fleet.stop());

const refresh = async (context: Context): Promise<ResourceResult[]> => [
  await fabric.read({ state: states.fabric, private: {} }, context),
  await wave.read({ state: states.wave, private: {} }, context),
  await commit.read({ state: states.commit, private: {} }, context),
];

describe('the refresh of all resources of a fabric', () => {
  test('asks each agent once', async () => {
    expect((await refresh(run())).map(({ state }) => state!.behind)).toEqual([{}, {}, {}]);
    expect(asked).toEqual({ n1: 1, n2: 1, n3: 1 });
  });

  test('says of each resource that an agent does not answer', async () => {
    await fleet.get('n2').stop();
    const details = (await refresh(run())).map(({ diagnostics }) => diagnostics!.map(({ detail }) => detail));
    for (const detail of details) expect(detail).toEqual([expect.stringContaining('node n2: ')]);
  });

  test('asks again in another run, and in the same one after agents were told to change', async () => {
    const context = run();
    await refresh(context);
    await refresh(run());
    expect(asked.n1).toBe(2);
    await wave.update(
      { prior: { ...states.wave, behind: { n1: 'none' } }, planned: states.wave, config: states.wave, private: {} },
      context,
    );
    fleet.get('n1').wipe();
    expect((await refresh(context))[1].state!.behind).toEqual({ n1: 'none' });
  });
});
