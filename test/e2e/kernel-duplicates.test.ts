import type { FabricSpec } from '../../lib/model/fabric';
import { eventually, LocalNetwork } from './support/network';

const fabric: FabricSpec = {
  name: 'duplicates',
  nodes: {
    n1: { ipv4Address: '10.0.0.1', advertise: [{ prefix: '10.66.0.0/24' }] },
    n2: { ipv4Address: '10.0.0.2', advertise: [{ prefix: '10.66.0.0/24' }] },
  },
};

let network: LocalNetwork;

beforeAll(() => {
  network = new LocalNetwork([1, 2]);
  const file = network.write('fabric.json', fabric);
  for (const [i, machine] of network.machines.entries()) {
    machine.pair('cali1');
    network.agent(machine, `n${i + 1}`, ['--fabric', file]);
  }
});
afterAll(() => network.remove());

test('a workload that two nodes have is told by both, until one of them has it alone', async () => {
  const [n1, n2] = network.machines;
  const told = async () =>
    Promise.all(['n1', 'n2'].map(async (node) => (await network.client(node).status()).kernel.duplicates));
  await eventually(async () => {
    const { sessions } = await network.client('n1').status();
    expect(sessions[0]?.state).toBe('Established');
  });
  for (const machine of [n1, n2]) machine.ip('route add 10.65.0.1/32 dev cali1');
  n1.ip('route add 10.65.0.2/32 dev cali1');
  await eventually(async () =>
    expect(await told()).toEqual([
      [{ prefix: '10.65.0.1/32', nodes: ['n2'] }],
      [{ prefix: '10.65.0.1/32', nodes: ['n1'] }],
    ]),
  );
  n2.ip('route del 10.65.0.1/32 dev cali1');
  await eventually(async () => expect(await told()).toEqual([[], []]));
});
