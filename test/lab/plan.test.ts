import fc from 'fast-check';
import type { LabPlan } from '../../lib/lab/lab-plan';
import { planLab } from '../../lib/lab/plan';
import { SAMPLE } from '../../lib/lab/sample';
import { again, cableLines, machineLines, switchLines, undone, workloadLines } from '../../lib/lab/wiring';
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

describe('the addresses of workloads', () => {
  const addressesIn = (more: Partial<FabricSpec>) =>
    plan({ ...SAMPLE, ...more })
      .workloads.filter(({ host }) => host.startsWith('node'))
      .map(({ addresses }) => Object.values(addresses).join(' '));
  const nodesWith = (of: (number: number) => object) =>
    Object.fromEntries(
      [1, 2].map((n) => [`node${n}`, { ipv4Address: `10.0.0.${n}`, ipv6Address: `fd00:10::${n}`, ...of(n) }]),
    );

  test('are of what their node advertises, a block each or one for all', () => {
    const block = (n: number) => ({ advertise: [{ prefix: `10.244.${n}.0/26` }, { prefix: `fd44:${n}::/122` }] });
    expect(addressesIn({ nodes: nodesWith(block) })).toEqual(['10.244.1.1 fd44:1::1', '10.244.2.1 fd44:2::1']);
    const shared = () => ({ advertise: [{ prefix: '198.18.5.0/24' }] });
    expect(addressesIn({ nodes: nodesWith(shared) })).toEqual(['198.18.5.1 fd65::1', '198.18.5.2 fd65::2']);
    const one = () => ({ advertise: [{ prefix: '198.18.5.7/32' }] });
    expect(addressesIn({ nodes: nodesWith(one) })).toEqual(['198.18.5.7 fd65::1', '10.65.0.2 fd65::2']);
  });

  test('are else of where the node looks for workload routes', () => {
    const nodes = nodesWith((n) => ({ workloadPrefixes: [`10.8${n}.0.0/16`] }));
    expect(addressesIn({ nodes })).toEqual(['10.81.0.1 fd65::1', '10.82.0.1 fd65::2']);
  });

  test("are else of the pools that a filter lets out, such as Calico's, and of no other node's block", () => {
    const filters = {
      pools: {
        export: [
          { prefix: '10.9.0.0/16', action: 'reject' as const },
          { prefix: '10.244.0.0/16', action: 'accept' as const },
        ],
      },
    };
    const nodes = nodesWith((n) => (n === 1 ? { advertise: [{ prefix: '10.244.0.0/26' }] } : {}));
    expect(addressesIn({ nodes, filters })).toEqual(['10.244.0.1 fd65::1', '10.244.0.64 fd65::2']);
  });
});

describe('the plan of a lab that grows', () => {
  const smaller: FabricSpec = {
    ...SAMPLE,
    nodes: { node2: SAMPLE.nodes!.node2 },
    peers: { tor6: SAMPLE.peers!.tor6 },
  };
  const larger: FabricSpec = {
    ...SAMPLE,
    nodes: { node0: { ipv4Address: '10.0.0.9', ipv6Address: 'fd00:10::9' }, ...SAMPLE.nodes },
    peers: { first: { address: '192.20.30.1', asNumber: 65009 }, ...SAMPLE.peers },
  };
  const namesOf = ({ machines, workloads }: LabPlan) => [
    ...machines.map(({ name, port, addresses }) => [name, port, ...Object.values(addresses).map(String)].join(' ')),
    ...workloads.map(({ name, host, addresses }) => [name, host, ...Object.values(addresses).map(String)].join(' ')),
  ];

  test('keeps the names, ports and addresses of all that stays, and gives what is new others', () => {
    const before = plan(smaller);
    const after = planLab(fabric(larger), before);
    expect(namesOf(before)).toEqual([
      ...['node2 1 10.0.0.2 fd00:10::2', 'tor 2 aa:bb::ff'],
      ...['w-node2 node2 10.65.0.1 fd65::1', 'outside tor 2001:db8:ffff::1'],
    ]);
    expect(namesOf(after)).toEqual([
      ...['node0 3 10.0.0.9 fd00:10::9', 'node1 4 10.0.0.1 fd00:10::1', 'node2 1 10.0.0.2 fd00:10::2'],
      ...['node3 5 10.0.0.3 fd00:10::3', 'tor 2 aa:bb::ff 192.20.30.40', 'tor2 6 192.20.30.1'],
      ...['w-node0 node0 10.65.0.2 fd65::2', 'w-node1 node1 10.65.0.3 fd65::3', 'w-node2 node2 10.65.0.1 fd65::1'],
      ...['w-node3 node3 10.65.0.4 fd65::4', 'outside tor 203.0.113.1 2001:db8:ffff::1'],
      'outside2 tor2 203.0.113.2',
    ]);
  });

  test('is the same again where nothing changes, and after it grew and shrank', () => {
    const before = plan(larger);
    expect(plain(planLab(fabric(larger), before))).toEqual(plain(before));
    const once = planLab(fabric(larger), plan(smaller));
    const shrunk = planLab(fabric(smaller), once);
    expect(shrunk.machines.map(({ name, port }) => [name, port])).toEqual([
      ['node2', 1],
      ['tor', 2],
    ]);
  });

  test('adds lines to what is wired, and takes none of what stays away', () => {
    const before = plan(smaller);
    const after = planLab(fabric(larger), before);
    const linesOf = (of: LabPlan) => machineLines(of, of.machines.find(({ name }) => name === 'node2')!);
    expect(linesOf(after)).toEqual(expect.arrayContaining(linesOf(before)));
    expect(linesOf(after).filter((line) => !linesOf(before).includes(line))).toEqual(
      expect.arrayContaining(['route add 10.0.0.9/32 dev eth0 scope link src 10.0.0.2']),
    );
  });

  test.each([
    ['link add p1 type veth peer name eth0 netns a@l', 'link delete p1'],
    ['address add fd00::1/128 dev eth0 nodad', 'address delete fd00::1/128 dev eth0'],
    [
      'route add 10.0.0.2/32 dev eth0 scope link src 10.0.0.1',
      'route delete 10.0.0.2/32 dev eth0 scope link src 10.0.0.1',
    ],
    ['link set p1 master br0 up', undefined],
  ])('undoes %s', (line, wanted) => expect(undone(line)).toBe(wanted));

  test.each([
    ['route add 10.0.0.2/32 dev eth0 scope link', 'route replace 10.0.0.2/32 dev eth0 scope link'],
    ['address add fd00::1/128 dev eth0 nodad', 'address replace fd00::1/128 dev eth0 nodad'],
    ['link set eth0 up', undefined],
    ['link add p1 type veth peer name eth0', undefined],
  ])('puts %s there once more', (line, wanted) => expect(again(line)).toBe(wanted));
});

describe('a spine', () => {
  const rack = (n: number) => ({
    asNumber: 65000 + n,
    topOfRack: [{ ipv4Address: `192.0.2.${n}`, asNumber: 65100 + n }],
  });
  const nodes = Object.fromEntries(
    [1, 2, 3].map((n) => [
      `node${n}`,
      { ipv4Address: `10.0.0.${n}`, rack: n < 3 ? 'a' : 'b', labels: { rack: `${n}` } },
    ]),
  );
  const talk = (spec: FabricSpec) =>
    plan(spec)
      .machines.filter(({ kind }) => kind === 'outside')
      .map(({ name, sessions }) => [name, ...sessions.map(({ node, remoteAs }) => `${node} ${remoteAs}`)].join(', '));

  test('connects the tops of racks', () => {
    expect(talk({ name: 's', edition: 2, nodes, racks: { a: rack(1), b: rack(2) } })).toEqual([
      'tor1, node1 65001, node2 65001, tor2 65102',
      'tor2, node3 65002, tor1 65101',
    ]);
  });

  test('connects peers of the nodes that a selector picks, and no others', () => {
    const own = Object.fromEntries(Object.entries(nodes).map(([name, { rack: _, ...node }]) => [name, node]));
    const peer = (address: string, asNumber: number) => ({ address, asNumber });
    const peers = {
      one: { nodeSelector: "rack in {'1', '2'}", ...peer('192.0.2.1', 65101) },
      two: { nodeSelector: "rack == '3'", ...peer('192.0.2.2', 65102) },
      transit: { node: 'node1', ...peer('192.0.2.3', 65103) },
      all: peer('192.0.2.4', 65104),
    };
    expect(talk({ name: 's', nodes: own, peers })).toEqual([
      'tor1, node1 64512, node2 64512, tor2 65102',
      'tor2, node3 64512, tor1 65101',
      'tor3, node1 64512',
      'tor4, node1 64512, node2 64512, node3 64512',
    ]);
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
    expect(
      switchLines([
        { namespace: 'a@l', port: 1 },
        { namespace: 'b@l', port: 7 },
      ]).filter((line) => line.includes('veth')),
    ).toEqual(['link add p1 type veth peer name eth0 netns a@l', 'link add p7 type veth peer name eth0 netns b@l']);
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
