import { execFileSync } from 'node:child_process';
import { serviceUnit } from '../../lib/agent/host/service-unit';
import type { FabricSpec } from '../../lib/model/fabric';
import { eventually, LocalNetwork, type Process } from './support/network';

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
    ['--compact-nexthops', '--fabric', network.write('fabric.json', fabric)],
    ['unshare', '--mount', 'sh', '-c', `mount --bind /proc/sys /proc/sys; ${readOnly}`, 'sh'],
  );
  await eventually(() =>
    expect(n1.routes('proto 114')).toEqual([
      'blackhole 10.65.0.0/24 metric 200',
      '203.0.113.0/24 via 10.0.0.254 dev eth0 metric 200',
    ]),
  );
  expect(warnings(agent)).toEqual([
    expect.stringMatching(/nexthop_compat_mode.*the kernel walks all its routes/),
    expect.stringContaining('does not forward IPv4 packets (net.ipv4.ip_forward is 0)'),
  ]);
  await agent.kill('SIGTERM');
});

test('how the kernel shows routes is set on request alone, and put back at the end, also after an agent that was killed', async () => {
  const [n1] = network.machines;
  const run = async (...flags: string[]) => {
    const agent = network.agent(n1, 'n1', flags);
    await eventually(() => network.client('n1').status());
    return agent;
  };
  const modes: number[] = [];
  const end = async (agent: Process, signal: NodeJS.Signals) => {
    modes.push(n1.nexthopCompatMode);
    await agent.kill(signal);
    modes.push(n1.nexthopCompatMode);
  };
  await end(await run(), 'SIGTERM');
  await end(await run('--compact-nexthops'), 'SIGKILL');
  await end(await run('--compact-nexthops'), 'SIGTERM');
  expect(modes).toEqual([1, 1, 0, 0, 0, 1]);
  n1.nexthopCompatMode = 0; // the host's own
  await end(await run('--compact-nexthops'), 'SIGTERM');
  expect(modes.slice(-2)).toEqual([0, 0]);
});

test('the service sets it where its options ask for it, for the agent may not, and puts it back', () => {
  const steps = [...serviceUnit('x').matchAll(/^Exec(?:StartPre|StopPost)=\+-\/bin\/sh -c '(.*)'$/gm)].map(([, step]) =>
    step.replaceAll('$$', '$'),
  );
  expect(steps.length).toBe(2);
  const mode = 'cat /proc/sys/net/ipv4/nexthop_compat_mode';
  const modes = (options: string, ...commands: string[]) =>
    execFileSync('unshare', ['--net', '--mount', 'sh', '-c', ['mount -t tmpfs none /run', ...commands].join('\n')], {
      encoding: 'utf8',
      env: { ...process.env, PEERFORM_OPTIONS: options },
    }).trim();
  const asked = '--metrics [::1]:9179 --compact-nexthops';
  const [before, after] = steps;
  expect(modes(asked, before, mode, before, after, mode, 'ls /run')).toBe('0\n1');
  expect(modes('--metrics [::1]:9179', before, mode, after, mode)).toBe('1\n1');
});

test('without CAP_NET_ADMIN of the whole machine, a line says that buffers are small, and the agent runs', async () => {
  const agent = network.agent(network.machines[0], 'n2', [], ['unshare', '--user', '--map-root-user', '--net']);
  await eventually(() => network.client('n2').status());
  expect(warnings(agent)).toEqual([expect.stringContaining('small netlink buffers')]);
});
