import * as fc from 'fast-check';
import { planLab } from '../../lib/lab/plan';
import { SAMPLE } from '../../lib/lab/sample';
import { cableLines, machineLines, switchLines, workloadLines } from '../../lib/lab/wiring';
import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';

const fabric = (spec: FabricSpec): Fabric => {
  const reading = readFabric(spec);
  expect(reading.problems.map(String)).toEqual([]);
  return reading.fabric!;
};
const plan = (spec: FabricSpec) => planLab(fabric(spec));
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('the plan of a lab', () => {
  test('has a machine for each node, one dual-stack machine for two outside peers of one AS number, and hosts behind all', () => {
    const { machines, workloads } = plan(SAMPLE);
    expect(machines.map(({ name, kind, addresses }) => [name, kind, plain(addresses)])).toEqual([
      ['node1', 'node', { ipv4: '10.0.0.1', ipv6: 'fd00:10::1' }],
      ['node2', 'node', { ipv4: '10.0.0.2', ipv6: 'fd00:10::2' }],
      ['node3', 'node', { ipv4: '10.0.0.3', ipv6: 'fd00:10::3' }],
      ['tor', 'outside', { ipv4: '192.20.30.40', ipv6: 'aa:bb::ff' }],
    ]);
    expect(plain(workloads)).toEqual([
      { name: 'w-node1', host: 'node1', interface: 'cali1', addresses: { ipv4: '10.65.0.1', ipv6: 'fd65::1' } },
      { name: 'w-node2', host: 'node2', interface: 'cali1', addresses: { ipv4: '10.65.0.2', ipv6: 'fd65::2' } },
      { name: 'w-node3', host: 'node3', interface: 'cali1', addresses: { ipv4: '10.65.0.3', ipv6: 'fd65::3' } },
      { name: 'outside', host: 'tor', interface: 'lan1', addresses: { ipv4: '203.0.113.1', ipv6: '2001:db8:ffff::1' } },
    ]);
  });

  test('tells an outside machine the other end of each session that points at it', () => {
    const { machines } = plan({
      ...SAMPLE,
      listenPort: 1179,
      peers: {
        tor4: { address: '192.20.30.40', asNumber: 67111, port: 2179 },
        tor6: { node: 'node1', address: 'aa:bb::ff', asNumber: 67111 },
        inside: { node: 'node1', address: '10.0.0.2', asNumber: 67111 },
      },
    });
    const seen = machines[3].sessions.map((s) =>
      plain([s.node, s.localAddress, s.localPort, s.remoteAddress, s.remotePort]),
    );
    expect(seen).toEqual([
      ['node1', '192.20.30.40', 2179, '10.0.0.1', 1179],
      ['node1', 'aa:bb::ff', 179, 'fd00:10::1', 1179],
      ['node2', '192.20.30.40', 2179, '10.0.0.2', 1179],
      ['node3', '192.20.30.40', 2179, '10.0.0.3', 1179],
    ]);
  });

  test('keeps outside machines of different AS numbers apart, and gives one a next hop in a family that only its sessions carry', () => {
    const { machines, workloads } = plan({
      ...SAMPLE,
      peers: {
        a: { address: '192.20.30.40', asNumber: 65001, families: ['ipv4', 'ipv6'] },
        b: { address: 'aa:bb::ff', asNumber: 65002 },
      },
    });
    expect(machines.slice(3).map(({ name, addresses }) => [name, plain(addresses)])).toEqual([
      ['tor1', { ipv4: '192.20.30.40', ipv6: '2001:2::1' }],
      ['tor2', { ipv6: 'aa:bb::ff' }],
    ]);
    expect(workloads.slice(3).map(({ name, addresses }) => [name, plain(addresses)])).toEqual([
      ['outside1', { ipv4: '203.0.113.1', ipv6: '2001:db8:ffff::1' }],
      ['outside2', { ipv6: '2001:db8:ffff::2' }],
    ]);
  });

  test('gives no name twice and no workload an address of the fabric, whatever the fabric calls its nodes and where they are', () => {
    const { machines, workloads } = plan({
      name: 'clash',
      nodes: {
        tor: { ipv4Address: '10.65.0.1' },
        'w-tor': { ipv6Address: 'fd65::9' },
        outside: { ipv4Address: '10.66.0.1' },
      },
      peers: { p: { address: '192.20.30.40', asNumber: 1 } },
    });
    expect(machines.map(({ name }) => name)).toEqual(['tor', 'w-tor', 'outside', 'tor-2']);
    expect(plain(workloads.map(({ name, addresses }) => [name, addresses]))).toEqual([
      ['w-tor-2', { ipv4: '10.67.0.1' }],
      ['w-w-tor', { ipv6: 'fd66::2' }],
      ['w-outside', { ipv4: '10.67.0.3' }],
      ['outside-2', { ipv4: '203.0.113.1' }],
    ]);
  });

  test('names interfaces that the pattern of the node matches and that the kernel takes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,12}\*$/), (pattern) => {
        const { workloads } = plan({
          name: 'x',
          nodes: { n: { ipv4Address: '10.0.0.1', workloadInterfaces: [pattern] } },
        });
        expect(workloads[0].interface.startsWith(pattern.slice(0, -1))).toBe(true);
        expect(workloads[0].interface.length).toBeLessThanOrEqual(15);
      }),
      { numRuns: 50 },
    );
    expect(plan({ name: 'x', nodes: { n: { ipv4Address: '10.0.0.1', workloadInterfaces: [] } } }).workloads).toEqual(
      [],
    );
  });
});

describe('the wiring', () => {
  const sample = plan(SAMPLE);

  test('gives a machine host addresses and a route on the link to every other machine, and to nothing else', () => {
    expect(machineLines(sample, sample.machines[0])).toEqual([
      'link set lo up',
      'link set eth0 up',
      'address add 10.0.0.1/32 dev eth0',
      'address add fd00:10::1/128 dev eth0 nodad',
      'route add 10.0.0.2/32 dev eth0 scope link src 10.0.0.1',
      'route add 10.0.0.3/32 dev eth0 scope link src 10.0.0.1',
      'route add 192.20.30.40/32 dev eth0 scope link src 10.0.0.1',
      'route add fd00:10::2/128 dev eth0 src fd00:10::1',
      'route add fd00:10::3/128 dev eth0 src fd00:10::1',
      'route add aa:bb::ff/128 dev eth0 src fd00:10::1',
    ]);
  });

  test('has a port of the switch for each machine', () => {
    expect(switchLines([{ namespace: 'a@l' }, { namespace: 'b@l' }]).filter((line) => line.includes('veth'))).toEqual([
      'link add p1 type veth peer name eth0 netns a@l',
      'link add p2 type veth peer name eth0 netns b@l',
    ]);
  });

  test("puts the route to a workload into its node's kernel, and the gateway on the node's end of the cable", () => {
    expect(cableLines(sample.workloads[0], 'w-node1@lab')).toEqual([
      'link add cali1 type veth peer name eth0 netns w-node1@lab',
      'link set cali1 up',
      'address add 169.254.1.1/32 dev cali1',
      'address add fe80::1/64 dev cali1 nodad',
      'route add 10.65.0.1/32 dev cali1 scope link',
      'route add fd65::1/128 dev cali1',
    ]);
    expect(workloadLines(sample.workloads[0]).filter((line) => line.includes('default'))).toEqual([
      'route add default via 169.254.1.1 dev eth0 src 10.65.0.1',
      'route add default via fe80::1 dev eth0',
    ]);
  });
});
