import type { FabricSpec } from '../../lib/model/fabric';
import { Namespace } from '../kernel/namespace';
import { eventually, LocalNetwork } from './support/network';

/** Two leaves and a spine, each in an AS of its own: no link has an address, and each end knows the other node. */
const LEAVES = ['leaf1', 'leaf2'];
const spec: FabricSpec = {
  ...{ name: 'clos', edition: 2, nodeToNodeMesh: false, connectRetryTime: 1 },
  nodes: Object.fromEntries(
    [...LEAVES, 'spine1'].map((name, i) => [
      name,
      {
        ...{ ipv4Address: `192.0.2.${i + 1}`, asNumber: 65001 + i },
        advertise: [{ prefix: `192.0.2.${i + 1}/32`, blackhole: false }],
      },
    ]),
  ),
  peers: Object.fromEntries(
    LEAVES.map((node, i) => [
      node,
      { node, interface: 'up1', peerNode: 'spine1', peerInterface: `down${i + 1}`, ttlSecurity: 1 },
    ]),
  ),
};

let network: LocalNetwork;
let machines: Namespace[];
beforeEach(() => {
  network = new LocalNetwork([]);
  machines = Array.from({ length: 3 }, () => Namespace.make());
  for (const [i, machine] of machines.entries()) machine.ip(`addr add 192.0.2.${i + 1}/32 dev lo`);
  const spine = machines[2];
  spine.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  for (const [i, leaf] of machines.slice(0, 2).entries()) {
    leaf.ip(`link add up1 type veth peer name down${i + 1} netns ${spine.name}`);
    for (const [machine, name] of [[leaf, 'up1'] as const, [spine, `down${i + 1}`] as const]) {
      machine.run('sysctl', '-qw', `net.ipv6.conf.${name}.accept_dad=0`);
      machine.ip(`link set ${name} up`);
    }
  }
});
afterEach(async () => {
  await network.remove();
  for (const one of machines) one.remove();
});

const sessions = async (node: string) =>
  (await network.client(node).status()).sessions.map(
    ({ remoteAddress, remoteNode, state }) => `${remoteNode} ${remoteAddress} ${state}`,
  );

test('nodes of a fabric reach each other over links without addresses', async () => {
  const file = network.write('clos.json', spec);
  for (const [i, name] of [...LEAVES, 'spine1'].entries()) network.agent(machines[i], name, ['--fabric', file]);
  await eventually(
    async () =>
      expect([await sessions('leaf1'), await sessions('leaf2'), await sessions('spine1')]).toEqual([
        ['spine1 leaf1%up1 Established'],
        ['spine1 leaf2%up1 Established'],
        ['leaf1 spine1%down1 Established', 'leaf2 spine1%down2 Established'],
      ]),
    60,
  );
  await eventually(() => {
    expect(machines[0].routes('192.0.2.2').join()).toMatch(/via inet6 fe80:\S+ dev up1/);
    expect(machines[1].routes('192.0.2.1').join()).toMatch(/via inet6 fe80:\S+ dev up1/);
    expect(machines[2].routes('192.0.2.1').join()).toMatch(/via inet6 fe80:\S+ dev down1/);
  }, 30);
  machines[0].run('ping', '-c', '1', '-W', '5', '-I', '192.0.2.1', '192.0.2.2');
});
