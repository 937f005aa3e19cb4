import { packDelivery } from '../../lib/control/delivery';
import { makeRelease } from '../../lib/control/release';
import type { FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import type { Namespace } from '../kernel/namespace';
import { eventually, LocalNetwork, type Process } from './support/network';

const FABRIC: FabricSpec = {
  name: 'place',
  connectRetryTime: 1,
  asNumber: 67111,
  nodes: { n1: { ipv4Address: '10.0.0.1', advertise: [{ prefix: '10.65.0.0/24' }] } },
  peers: { tor: { address: '10.0.0.254', asNumber: 65000, filters: ['all'], reachableBy: '10.0.0.254' } },
  filters: { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
};
const BIRD = `
router id 10.0.0.254;
protocol device {}
protocol static { ipv4; route 10.0.0.0/16 blackhole; route 203.0.113.0/24 blackhole; route 198.51.100.0/24 blackhole; }
protocol bgp n1 { local as 65000; neighbor 10.0.0.1 as 67111; graceful restart; ipv4 { import all; export all; }; }
`;

let network: LocalNetwork;
let n1: Namespace;
let tor: Namespace;
let agent: Process;
let bird: Process;
let activation = 0;

/** Makes the fabric with these differences run on n1, for good. */
async function deploy(more: Partial<FabricSpec>): Promise<void> {
  const release = makeRelease(readFabric({ ...FABRIC, ...more }).fabric!);
  const client = network.client('n1');
  const command = { node: 'n1', owner: 'test', release: release.digest, activation: ++activation };
  await client.deliver(packDelivery({ release, endpoints: {} }));
  await client.send('stage', command);
  await client.send('activate', { ...command, confirmWithin: 600 });
  await client.send('confirm', command);
  await client.send('finalise', command);
}

const own = (table: number) => n1.routes(`table ${table} proto 114`).sort();
/** Where they stand in main, in the order of {@link own}: the first one goes to a prefix that covers the link. */
const at = (metric: number) => [
  `10.0.0.0/16 via 10.0.0.254 dev eth0 metric ${metric}`,
  `10.0.0.254 via 10.0.0.254 dev eth0 metric ${metric}`,
  `198.51.100.0/24 via 10.0.0.254 dev eth0 metric ${metric}`,
  `203.0.113.0/24 via 10.0.0.254 dev eth0 metric ${metric}`,
  `blackhole 10.65.0.0/24 metric ${metric}`,
];
/** In a table that may be looked up before main connected prefixes are passed on, too. */
const inTable = (metric: number) => [
  ...at(metric),
  `throw 10.0.0.0/24 metric ${metric}`,
  `throw 169.254.0.0/16 metric ${metric}`,
];

beforeAll(async () => {
  network = new LocalNetwork([1, 254]);
  [n1, tor] = network.machines;
  bird = network.bird(tor, BIRD);
  n1.ip('route add 192.0.2.0/24 via 10.0.0.254 proto static metric 300');
  agent = network.agent(n1, 'n1');
  await eventually(() => network.client('n1').status());
  await deploy({});
  await eventually(() => expect(own(254)).toEqual(at(200)));
});
afterAll(() => network.remove());

/** Whether a packet to the prefix finds a route of ours, asked again and again while `act` runs. */
async function holes(act: () => Promise<unknown>): Promise<number> {
  let isDone = false;
  let found = 0;
  const watching = (async () => {
    while (!isDone) {
      if (n1.routes('203.0.113.0/24 table all proto 114').length === 0) found++;
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  await act();
  isDone = true;
  await watching;
  return found;
}

test('routes move to another metric, and to another table, written first and then taken away, and leave nothing where they were', async () => {
  const isMoved = () => eventually(() => expect(own(254)).toEqual(at(300)));
  expect(await holes(() => deploy({ kernelMetric: 300 }).then(isMoved))).toBe(0);
  n1.ip('rule add pref 100 lookup 77');
  await deploy({ kernelMetric: 300, nodes: { n1: { ...FABRIC.nodes!.n1, kernelTable: 77 } } });
  await eventually(() => expect(own(77)).toEqual(inTable(300)));
  expect(n1.ip('route get 10.0.0.77')).not.toContain(' via ');
  expect(n1.ip('route get 10.0.1.77')).toContain(' via 10.0.0.254 dev eth0 table 77');
  await eventually(() => expect(own(254)).toEqual([]));
  expect(n1.routes('192.0.2.0/24')).toEqual(['192.0.2.0/24 via 10.0.0.254 dev eth0 proto static metric 300']);
});

test('an agent that is started again finds them there, and none goes', async () => {
  await agent.kill('SIGKILL');
  void bird.kill('SIGSTOP');
  agent = network.agent(n1, 'n1');
  await eventually(() => network.client('n1').status());
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(own(77)).toEqual(inTable(300));
  void bird.kill('SIGCONT');
  await eventually(async () => {
    const { sessions, kernel } = await network.client('n1').status();
    expect([sessions[0].state, kernel.installed]).toEqual(['Established', 5]);
  });
  expect(own(77)).toEqual(inTable(300));
});

test('they come back to the main table, and the gateway of a neighbour goes with its word', async () => {
  await deploy({ peers: { tor: { ...FABRIC.peers!.tor, reachableBy: undefined } }, logLevel: 'debug' });
  await eventually(() => expect(own(254)).toEqual(at(200).filter((route) => !route.startsWith('10.0.0.254'))));
  await eventually(() => expect(own(77)).toEqual([]));
  n1.pair('cali1');
  n1.ip('route add 10.65.0.1/32 dev cali1');
  await eventually(() => expect(agent.text).toContain(' debug workload 10.65.0.1/32 appeared'));
});

test('a protocol number that is somebody else’s is refused at the start', async () => {
  const other = network.agent(tor, 'other', ['--kernel-protocol', '12']);
  await eventually(() => expect(other.text).toContain('protocol 12 marks the kernel routes of bird'));
});
