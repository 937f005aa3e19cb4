import type { FabricSpec } from '../../lib/model/fabric';
import type { Namespace } from '../kernel/namespace';
import { eventually, LocalNetwork } from './support/network';

const PREFIX = '203.0.113.0/24';
const peer = (n: number) => ({ address: `10.0.0.${n}`, asNumber: 65000 + n, filters: ['all'] });
const fabric: FabricSpec = {
  name: 'multipath',
  asNumber: 67111,
  multipath: 2,
  nodes: { n1: { ipv4Address: '10.0.0.1' } },
  peers: {
    a: peer(252),
    b: peer(253),
    others: { prefix: '10.0.0.254/31', maxNeighbours: 1, asNumber: 65254, filters: ['all'] },
  },
  filters: { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
};
const bird = (n: number) => `
router id 10.0.0.${n};
protocol device {}
protocol static { ipv4; route ${PREFIX} blackhole; }
protocol bgp n1 {
  local as ${65000 + n}; neighbor 10.0.0.1 as 67111;
  connect delay time 1; connect retry time 2; error wait time 1, 2;
  ipv4 { import all; export all; };
}
`;

let network: LocalNetwork;
let n1: Namespace;
let tors: Namespace[];

/** Where the kernel sends packets to the only prefix that there is. */
const hops = () =>
  (
    n1
      .routes('proto 114')
      .join(' ')
      .match(/10\.0\.0\.\d+/g) ?? []
  ).sort();

/** What the agent says of its paths. */
const marks = async () => {
  const all: string[] = [];
  for await (const { from, isBest, isBeside } of network.client('n1').routes())
    all.push(`${from} ${isBest ? 'best' : isBeside ? 'beside' : 'unused'}`);
  return all.sort();
};

beforeAll(async () => {
  network = new LocalNetwork([1, 252, 253, 254]);
  [n1, ...tors] = network.machines;
  for (const [i, n] of [252, 253, 254].entries()) network.bird(tors[i], bird(n));
  network.agent(n1, 'n1', ['--fabric', network.write('fabric.json', fabric)]);
});
afterAll(() => network.remove());

test('paths of equal cost share the traffic, as many as are allowed, and none of a neighbour that has gone', async () => {
  // Of three the two whose later steps of the decision are better: the lower BGP identifiers.
  await eventually(() => expect(hops()).toEqual(['10.0.0.252', '10.0.0.253']));
  await eventually(async () =>
    expect(await marks()).toEqual(['10.0.0.252 best', '10.0.0.253 beside', '10.0.0.254 unused']),
  );
  network.birdc(tors[0], 'disable n1');
  await eventually(() => expect(hops()).toEqual(['10.0.0.253', '10.0.0.254']));
  network.birdc(tors[1], 'disable n1');
  await eventually(() => expect(hops()).toEqual(['10.0.0.254']));
  network.birdc(tors[0], 'enable n1');
  await eventually(() => expect(hops()).toEqual(['10.0.0.252', '10.0.0.254']));
});

test('a neighbour that came unnamed is told of like others', async () => {
  const { sessions } = await network.client('n1').status();
  expect(sessions.find(({ remoteAddress }) => remoteAddress === '10.0.0.254')).toMatchObject({
    ...{ key: '10.0.0.1 10.0.0.254 179', kind: 'global', origin: 'peers.others', remoteAs: 65254 },
    ...{ state: 'Established', routes: { ipv4: { received: 1, accepted: 1 } } },
  });
});
