import type { FabricSpec } from '../../lib/model/fabric';
import { eventually, LocalNetwork, type Process } from './support/network';

jest.setTimeout(60_000);

const fabric: FabricSpec = {
  name: 'lacks',
  nodes: { n1: { ipv4Address: '10.0.0.1', advertise: [{ prefix: '10.65.0.0/24' }] } },
  peers: { tor: { address: '10.0.0.254', asNumber: 65000, filters: ['all'] } },
  filters: { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
};
const BIRD = `
router id 10.0.0.254;
protocol device {}
protocol static { ipv4; route 203.0.113.0/24 blackhole; }
protocol bgp n1 { local as 65000; neighbor 10.0.0.1 as 64512; ipv4 { import all; export all; }; }
`;

let network: LocalNetwork;
beforeAll(() => {
  network = new LocalNetwork([1, 254]);
});
afterAll(() => network.remove());

const warnings = ({ text }: Process) => text.split('\n').flatMap((line) => line.split(' warn  ').slice(1));

test('where the kernel’s settings are read-only and nothing is forwarded, a line says so each, and routes go in', async () => {
  const [n1, tor] = network.machines;
  network.bird(tor, BIRD);
  const readOnly = 'echo 0 > /proc/sys/net/ipv4/ip_forward; mount -o remount,ro,bind /proc/sys && exec "$@"';
  const agent = network.agent(
    n1,
    'n1',
    ['--fabric', network.write('fabric.json', fabric)],
    ['unshare', '--mount', 'sh', '-c', `mount --bind /proc/sys /proc/sys; ${readOnly}`, 'sh'],
  );
  await eventually(() =>
    expect(n1.routes('proto 114')).toEqual([
      'blackhole 10.65.0.0/24 metric 200',
      '203.0.113.0/24 via 10.0.0.254 dev eth0 metric 200',
    ]),
  );
  expect(warnings(agent)).toEqual([
    expect.stringMatching(/nexthop_compat_mode.*the kernel goes through all its routes/),
    expect.stringContaining('forwards no IPv4 packets (net.ipv4.ip_forward is 0)'),
  ]);
  await agent.kill('SIGTERM');
});

test('without CAP_NET_ADMIN of the whole machine, a line says that buffers are small, and the agent runs', async () => {
  const agent = network.agent(network.machines[0], 'n2', [], ['unshare', '--user', '--map-root-user', '--net']);
  await eventually(() => network.client('n2').status());
  expect(warnings(agent)).toEqual([expect.stringContaining('small netlink buffers')]);
});
