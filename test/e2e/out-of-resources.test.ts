import { join } from 'node:path';
import type { FabricSpec } from '../../lib/model/fabric';
import type { Namespace } from '../kernel/namespace';
import { eventually, LocalNetwork, type Process } from './support/network';

const all = { import: [{ action: 'accept' as const }], export: [{ action: 'accept' as const }] };
const fabric: FabricSpec = {
  name: 'memory',
  asNumber: 67111,
  nodeToNodeMesh: false,
  nodes: { n1: { ipv4Address: '10.0.0.1' } },
  peers: {
    flood: { address: '10.0.0.66', asNumber: 64966, filters: ['all'], passive: true, maxRouteMemory: 40 },
    tor: { address: '10.0.0.254', asNumber: 65000, filters: ['all'] },
  },
  filters: { all },
};
const BIRD = `
router id 10.0.0.254;
protocol device {}
protocol static { ipv4; route 203.0.113.0/24 blackhole; }
protocol bgp n1 { local as 65000; neighbor 10.0.0.1 as 67111; enable extended messages on; ipv4 { import all; export all; }; }
`;
const FLOOD = join(__dirname, 'support/attribute-flood.js');

describe('an agent whose neighbour sends attributes without end', () => {
  let network: LocalNetwork;
  let n1: Namespace;
  let flood: Namespace;
  let tor: Namespace;
  let agent: Process;
  const sessions = async () =>
    Object.fromEntries((await network.client('n1').status()).sessions.map((one) => [one.remoteAddress, one]));

  beforeAll(async () => {
    network = new LocalNetwork([1, 66, 254]);
    [n1, flood, tor] = network.machines;
    network.bird(tor, BIRD);
    const file = network.write('fabric.json', fabric);
    agent = network.agent(n1, 'n1', ['--fabric', file, '--metrics', '[::1]:9179']);
    await eventually(async () => expect((await sessions())['10.0.0.254'].state).toBe('Established'));
  });
  afterAll(() => network.remove());

  test('ends its session with Cease, Out of Resources, and says so; the other neighbour notices nothing', async () => {
    const before = (await sessions())['10.0.0.254'];
    const run = network.start(flood, [process.execPath, FLOOD, '10.0.0.66', '10.0.0.1', '64966', '20000']);
    expect(await run.ended).toBe(0);
    expect(run.text).toMatch(/told 6\/8\n$/);
    await eventually(async () => {
      const after = await sessions();
      expect(after['10.0.0.66']).toMatchObject({
        state: 'Idle',
        down: expect.stringMatching(/^its routes use more than 40 MB of memory: retrying in \d+ s$/),
        lastError: { text: 'sent: Cease: Out of Resources (its routes use more than 40 MB of memory)' },
        routes: { ipv4: { received: 0 } },
        routeMemory: 0,
      });
      expect(after['10.0.0.254']).toMatchObject({ state: 'Established', since: before.since });
      expect(after['10.0.0.254'].routes.ipv4).toMatchObject({ received: 1, accepted: 1 });
    });
    expect(n1.routes('203.0.113.0/24').length).toBe(1);
    expect(agent.text).toContain(
      'NOTIFICATION sent: Cease: Out of Resources (its routes use more than 40 MB of memory)',
    );
    const events = (await network.client('n1').events(0)).map(({ message }) => message);
    expect(events).toContainEqual(expect.stringContaining('Cease: Out of Resources'));
  });

  test('refuses it while the pause lasts', async () => {
    const run = network.start(flood, [process.execPath, FLOOD, '10.0.0.66', '10.0.0.1', '64966', '20000']);
    expect(await run.ended).toBe(0);
    expect(run.text).toBe('sent 0 UPDATEs, told 6/5\n');
  });

  test('tells Prometheus, and has not taken more memory than that', async () => {
    const curl = network.start(n1, [
      process.execPath,
      '-e',
      "fetch('http://[::1]:9179/metrics').then(async (r) => console.log(await r.text()))",
    ]);
    expect(await curl.ended).toBe(0);
    expect(curl.text).toContain('peerform_sessions_out_of_resources 1');
    expect(curl.text).toContain('peerform_route_memory_limit_bytes 1000000000');
    const [, resident] = /^peerform_process_resident_memory_bytes (\d+)/m.exec(curl.text)!;
    expect(Number(resident)).toBeLessThan(350e6);
  });
});
