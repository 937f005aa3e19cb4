import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { FabricSpec } from '../../lib/model/fabric';
import type { Namespace } from '../kernel/namespace';
import { eventually, LocalNetwork, type Process } from './support/network';

const MAIN = join(__dirname, '../../dist/cli/main.js');
const fabric: FabricSpec = {
  name: 'kernel',
  asNumber: 67111,
  communities: { gold: '64512:7' },
  prefixAdvertisements: [{ prefix: '10.64.0.0/10', communities: ['gold', '1:2:3'] }],
  ignoredInterfaces: ['cali9'],
  nodes: {
    n1: {
      ipv4Address: '10.0.0.1',
      advertise: [{ prefix: '10.65.0.0/24', moreSpecifics: 'suppress' }],
      workloadProtocols: ['babel'],
      workloadTables: [254, 77],
      workloadPrefixes: ['10.67.0.0/16'],
    },
  },
  // `multihop`: one of its next hops is not on the link.
  peers: { tor: { address: '10.0.0.254', asNumber: 65000, filters: ['all'], holdTime: 90, multihop: true } },
  filters: { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
};
const BIRD = `
router id 10.0.0.254;
protocol device {}
protocol static { ipv4; route 203.0.113.0/24 blackhole; route 198.51.100.0/24 blackhole; }
protocol bgp n1 {
  local as 65000; neighbor 10.0.0.1 as 67111;
  ipv4 { import all; export filter { if net = 198.51.100.0/24 then bgp_next_hop = 192.0.2.77; accept; }; };
}
`;
const OWN = 'proto 114';
/** What of the node's own block leads nowhere is dropped. */
const BLOCK = 'blackhole 10.65.0.0/24 metric 200';

let network: LocalNetwork;
let n1: Namespace;
let tor: Namespace;
let agent: Process;

const peerform = (...args: string[]): { text: string; code: number } => {
  try {
    return {
      text: execFileSync('ip', ['netns', 'exec', n1.name, process.execPath, MAIN, ...args], {
        encoding: 'utf8',
        stdio: 'pipe',
      }),
      code: 0,
    };
  } catch (error) {
    const { stdout, status } = error as { stdout: string; status: number };
    return { text: stdout, code: status };
  }
};
const via = () => ['--via', `unix://${network.path('n1.sock')}`];
const routes = () => n1.routes(OWN);

beforeAll(async () => {
  network = new LocalNetwork([1, 254]);
  [n1, tor] = network.machines;
  network.bird(tor, BIRD);
  agent = network.agent(n1, 'n1', ['--fabric', network.write('fabric.json', fabric)]);
  await eventually(() => expect(routes()).toEqual([BLOCK, '203.0.113.0/24 via 10.0.0.254 dev eth0 metric 200']));
});
afterAll(() => network.remove());

test('a path whose next hop is not reached is not chosen, until it is', async () => {
  const status = async () => (await network.client('n1').status()).kernel;
  await eventually(async () =>
    expect((await status()).waiting).toEqual([
      { nextHop: '192.0.2.77', reason: 'no route to next hop 192.0.2.77', routes: 1 },
    ]),
  );
  expect(await status()).toMatchObject({ wanted: 2, installed: 2 });
  n1.ip('route add 192.0.2.0/24 via 10.0.0.254');
  await eventually(() => expect(routes()).toContain('198.51.100.0/24 via 10.0.0.254 dev eth0 metric 200'));
  expect((await status()).waiting).toEqual([]);
});

test('peerform fib check says what was mended', async () => {
  expect(peerform('fib', 'check', ...via())).toMatchObject({
    code: 0,
    text: expect.stringContaining('3 of 3 in place'),
  });
  n1.ip('route del 203.0.113.0/24 proto 114');
  await eventually(() => expect(routes().length).toBe(3));
  expect((await network.client('n1').status()).kernel.differences).toEqual({ missing: 1, extra: 0, different: 0 });
  const told = expect.stringMatching(/^kernel routes changed by process \d+ .*: 203\.0\.113\.0\/24 deleted; repaired$/);
  await eventually(async () =>
    expect(await network.client('n1').events(0)).toContainEqual(
      expect.objectContaining({ kind: 'kernel', message: told }),
    ),
  );
  expect(peerform('fib', 'check', ...via()).text).toMatch(/1 missing, .*\n {2}kernel routes changed by process/);
});

test('neighbours hear of the block and of chosen kernel routes, with communities, and of no others', async () => {
  for (const route of [
    '10.65.0.1/32 dev cali1', // within the block
    '10.66.0.2/32 dev cali2',
    '10.66.0.9/32 dev cali9', // of an interface that is ignored
    '10.66.0.3/32 dev eth3 proto babel',
    '10.67.0.4/32 dev eth4',
    '10.66.0.5/32 dev eth5', // of none that is chosen
    '10.66.0.6/32 dev cali6 table 77',
  ]) {
    n1.pair(route.split(' ')[2]);
    n1.ip(`route add ${route}`);
  }
  const heard = () =>
    network
      .birdc(tor, 'show route protocol n1')
      .split('\n')
      .filter((line) => line.startsWith('10.'))
      .map((line) => line.replace(/ .*/, ''));
  await eventually(() =>
    expect(heard().sort()).toEqual(['10.65.0.0/24', '10.66.0.2/32', '10.66.0.3/32', '10.66.0.6/32', '10.67.0.4/32']),
  );
  expect(network.birdc(tor, 'show route 10.65.0.0/24 all')).toMatch(
    /BGP.community: \(64512,7\).*BGP.large_community: \(1, 2, 3\)/s,
  );
});

test('peerform reset ends a session and has it begin anew, and refuses what is no neighbour', async () => {
  const up = async () => (await network.client('n1').status()).sessions[0];
  const before = await up();
  expect(peerform('reset', '10.0.0.253', ...via())).toMatchObject({ code: expect.any(Number), text: '' });
  expect((await up()).since).toBe(before.since);
  expect(peerform('reset', '10.0.0.254', ...via())).toMatchObject({
    code: 0,
    text: expect.stringContaining('node n1 resets its session with 10.0.0.254'),
  });
  await eventually(async () => {
    const after = await up();
    expect(after).toMatchObject({ state: 'Established' });
    expect(after.since).not.toBe(before.since);
  });
  expect(await network.client('n1').events(0)).toContainEqual(
    expect.objectContaining({
      kind: 'session',
      message: expect.stringMatching(/^session with 10\.0\.0\.254 reset by /),
    }),
  );
});

test('a session ends with its link, not with its hold timer', async () => {
  const state = async () => (await network.client('n1').status()).sessions[0].state;
  expect(await state()).toBe('Established');
  n1.ip('link set eth0 down');
  await eventually(async () => expect(await state()).not.toBe('Established'), 5);
  n1.ip('link set eth0 up');
  n1.ip('route add 192.0.2.0/24 via 10.0.0.254');
  await eventually(() => expect(routes().length).toBe(3), 60);
});

test('a cleanup is refused while an agent runs, and leaves nothing when none does', async () => {
  expect(peerform('agent', 'cleanup')).toMatchObject({ code: 6, text: expect.stringContaining('stop it first') });
  await agent.kill('SIGTERM');
  expect(routes().length).toBe(3);
  expect(peerform('agent', 'cleanup')).toMatchObject({
    code: 0,
    text: expect.stringMatching(/^removed 3 routes and \d nexthop objects/),
  });
  expect([routes(), [...n1.nexthops()]]).toEqual([[], []]);
});
