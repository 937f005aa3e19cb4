import { canonicalText } from '../../lib/model/canonical';
import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { readFabric, UNKNOWN } from '../../lib/model/read';
import { fabricShape } from '../../lib/model/shape';

const base: FabricSpec = {
  name: 'lab',
  nodes: { n1: { ipv4Address: '10.0.0.1', ipv6Address: 'fd00::1' }, n2: { ipv4Address: '10.0.0.2' } },
};
const read = (spec: unknown): Fabric => {
  const { fabric, problems } = readFabric(spec);
  expect(problems.map(String)).toEqual([]);
  return fabric!;
};
const paths = (spec: unknown) => readFabric(spec).problems.map(({ code, path }) => `${code} ${path}`);

describe('a fabric', () => {
  test("has Calico's defaults: AS 64512, mesh on, port 179", () => {
    const fabric = read({ name: 'lab' });
    expect([fabric.asNumber.value, fabric.nodeToNodeMesh, fabric.listenPort]).toEqual([64512, true, 179]);
  });

  test('reads 67111, "67111" and "1.1575" as one AS number, and any spelling of an address, into one canonical form', () => {
    const spellings = [67111, '67111', '1.1575'].map((asNumber) =>
      canonicalText(
        read({ ...base, asNumber, nodes: { n1: { ipv6Address: asNumber === 67111 ? 'FD00:0::1' : 'fd00::1' } } }),
      ),
    );
    expect(new Set(spellings).size).toBe(1);
  });

  test('has the same canonical form whether its agents are reached through etcd or not', () => {
    const fleet = { etcd: ['e1', '[fd00::2]:1234'], prefix: 'old' };
    expect(read({ ...base, fleet }).fleet).toEqual({ etcd: ['e1:2379', '[fd00::2]:1234'], prefix: 'old' });
    expect(canonicalText(read({ ...base, fleet }))).toBe(canonicalText(read(base)));
    expect(paths({ ...base, fleet: { etcd: [] } })).toEqual([expect.stringContaining('fleet.etcd')]);
  });

  test('has a canonical form that reads back to itself, sorted, without endpoints', () => {
    const fabric = read({
      ...base,
      nodes: { z: { ipv4Address: '10.0.0.9', endpoint: 'unix:///z.sock' }, a: { ipv4Address: '10.0.0.8' } },
      peers: { tor: { address: '10.0.0.254', asNumber: 65000, filters: ['all'] } },
      filters: {
        all: { import: [{ action: 'accept' }], export: [{ prefix: '10.1.2.3/16', le: 32, action: 'accept' }] },
      },
    });
    const text = canonicalText(fabric);
    expect(canonicalText(read(JSON.parse(text)))).toBe(text);
    expect(text).not.toContain('z.sock');
    expect(text.indexOf('"a":{')).toBeLessThan(text.indexOf('"z":{'));
    expect(text).toContain('"10.1.0.0/16"');
  });

  test('tells every problem at once, each with its path', () => {
    const spec = {
      name: 'lab',
      asNumber: 0,
      holdTime: 2,
      colour: 'red',
      nodes: {
        n1: { ipv4Address: '10.0.0.300' },
        n2: {},
        n3: { ipv4Address: '10.0.0.3' },
        n4: { ipv4Address: '10.0.0.3' },
        n5: { ipv4Address: 'fd00::5' },
      },
      peers: {
        p1: { address: '10.0.0.254', asNumber: '1.65536' },
        p2: { node: 'n9', address: '10.0.0.253', asNumber: 1 },
        p3: { address: '10.0.0.252', asNumber: 1, filters: ['absent'] },
      },
    };
    expect(paths(spec).sort()).toEqual(
      [
        'as-number asNumber',
        'timers holdTime',
        'unknown-field colour',
        'address nodes.n1.ipv4Address',
        'node-address nodes.n2',
        'duplicate-address nodes.n4.ipv4Address',
        'address-family nodes.n5.ipv4Address',
        'as-number peers.p1.asNumber',
        'unknown-node peers.p2.node',
        'unknown-filter peers.p3.filters.0',
      ].sort(),
    );
  });

  test.each<[string, object, string[]]>([
    [
      'a peer on its own address',
      { peers: { p: { node: 'n1', address: '10.0.0.1', asNumber: 64512 } } },
      ['peer-is-self peers.p.address'],
    ],
    [
      'a peer of a family that its node lacks',
      { peers: { p: { node: 'n2', address: 'fd00::9', asNumber: 1 } } },
      ['no-common-family peers.p.node'],
    ],
    [
      'two peers for one neighbour',
      { peers: { p: { address: '10.0.0.9', asNumber: 1 }, q: { node: 'n1', address: '10.0.0.9', asNumber: 2 } } },
      ['duplicate-peer peers.q.address'],
    ],
    [
      'a peer that gives a node of the fabric another AS number',
      { peers: { p: { node: 'n1', address: '10.0.0.2', asNumber: 65001 } } },
      ['peer-as-number peers.p.asNumber'],
    ],
    [
      'a neighbour outside whose address is mistyped as that of a node',
      { peers: { p: { address: '10.0.0.2', asNumber: 65001 } } },
      ['peer-as-number peers.p.asNumber'],
    ],
    [
      'a router id twice',
      { nodes: { ...base.nodes, n3: { ipv6Address: 'fd00::3', routerId: '10.0.0.1' } } },
      ['duplicate-router-id nodes.n3.routerId'],
    ],
    [
      'router id 0.0.0.0',
      { nodes: { n1: { ipv4Address: '10.0.0.1', routerId: '0.0.0.0' } } },
      ['router-id nodes.n1.routerId'],
    ],
    [
      'a multicast address for a node',
      { nodes: { n1: { ipv4Address: '224.0.0.1' } } },
      ['address nodes.n1.ipv4Address'],
    ],
    ['a keepalive time over a third of the hold time', { holdTime: 9, keepaliveTime: 4 }, ['timers keepaliveTime']],
    ['a name with a blank', { nodes: { 'n 1': { ipv4Address: '10.0.0.1' } } }, ['name nodes.n 1']],
    [
      'a name of another object in JavaScript',
      { peers: { p: { node: 'constructor', address: '10.0.0.9', asNumber: 1 } } },
      ['unknown-node peers.p.node'],
    ],
    [
      'a filter with lengths that never match',
      { filters: { f: { import: [{ prefix: '10.0.0.0/8', ge: 24, le: 16, action: 'accept' }] } } },
      ['range filters.f.import.0.le'],
    ],
    [
      'lengths without a prefix',
      { filters: { f: { import: [{ le: 16, action: 'accept' }] } } },
      ['range filters.f.import.0.le'],
    ],
    [
      'a prefix that a node advertises twice',
      {
        nodes: {
          n1: {
            ipv4Address: '10.0.0.1',
            advertise: [{ prefix: '10.1.0.0/16' }, { prefix: '10.1.2.0/16', blackhole: false }],
          },
        },
      },
      ['duplicate-prefix nodes.n1.advertise.1.prefix'],
    ],
    [
      'two nodes with one endpoint, and one with none that is',
      {
        nodes: {
          n1: { ipv4Address: '10.0.0.1', endpoint: 'unix:///a' },
          n2: { ipv4Address: '10.0.0.2', endpoint: 'unix:///a' },
          n3: { ipv4Address: '10.0.0.3', endpoint: 'https://a' },
        },
      },
      ['endpoint nodes.n3.endpoint', 'duplicate-endpoint nodes.n2.endpoint'],
    ],
    [
      "another node's address as the local one",
      {
        peers: {
          p: { node: 'n1', address: '192.0.2.1', asNumber: 1, localAddress: '10.0.0.2' },
          q: { address: '192.0.2.2', asNumber: 1, localAddress: '10.0.0.2' },
          r: { node: 'n1', address: '192.0.2.3', asNumber: 1, localAddress: '10.0.0.1' },
        },
      },
      ['local-address peers.p.localAddress', 'local-address peers.q.localAddress'],
    ],
    [
      'a local AS number that shows and is none',
      { peers: { p: { address: '192.0.2.1', asNumber: 1, localAsPrepend: 'both' } } },
      ['lone-field peers.p.localAsPrepend'],
    ],
    [
      'a port that no node listens on',
      {
        peers: {
          p: { node: 'n1', address: '10.0.0.2', port: 1790 },
          q: { node: 'n1', address: 'fd00::9', asNumber: 1, port: 1790 },
        },
      },
      ['peer-port peers.p.port'],
    ],
    [
      'two nodes that would wait for one another',
      { peers: { p: { nodeSelector: 'all()', peerSelector: 'all()', passive: true } } },
      ['both-passive peers.p.passive'],
    ],
    [
      'BFD of which both ends would wait for the other',
      {
        meshBfd: { passive: true },
        peers: { p: { nodeSelector: 'all()', peerSelector: 'all()', bfd: { passive: true } } },
        routeReflectors: { g: { reflectors: ['n1'], bfd: { passive: true } } },
      },
      [
        'both-passive meshBfd.passive',
        'both-passive peers.p.bfd.passive',
        'both-passive routeReflectors.g.bfd.passive',
      ],
    ],
    [
      'BFD that is no faster than the hold timer, its own or that of the fabric',
      {
        holdTime: 3,
        meshBfd: { receiveInterval: 1000 },
        peers: {
          p: { address: '192.0.2.1', asNumber: 1, holdTime: 9, bfd: { transmitInterval: 900, detectMultiplier: 10 } },
        },
        racks: { r: { asNumber: 1, topOfRack: [{ ipv4Address: '192.0.2.2', bfd: { transmitInterval: 1000 } }] } },
      },
      ['bfd meshBfd', 'bfd peers.p.bfd', 'bfd racks.r.topOfRack.0.bfd'],
    ],
    [
      'a minimum TTL of BFD that is on the link, where it is always 255',
      {
        meshBfd: { multihop: false, minimumTtl: 254 },
        peers: {
          p: { address: '192.0.2.1', asNumber: 1, holdTime: 1, bfd: { multihop: false, minimumTtl: 1 } },
          q: { address: '192.0.2.3', asNumber: 1, bfd: { multihop: false, minimumTtl: 255 } },
          r: { address: '192.0.2.4', asNumber: 1, bfd: { multihop: true, minimumTtl: 254 } },
        },
      },
      ['bfd-ttl meshBfd.minimumTtl', 'timers peers.p.holdTime', 'bfd-ttl peers.p.bfd.minimumTtl'],
    ],
    [
      'BFD of a mesh that is not there, and of neighbours whose addresses nobody knows',
      { nodeToNodeMesh: false, meshBfd: {}, peers: { p: { prefix: '192.0.2.0/24', asNumber: 1, bfd: {} } } },
      ['mesh-field meshBfd', 'peer-field peers.p.bfd'],
    ],
    [
      'BFD at one end of a session alone, or on the link at one end alone',
      {
        peers: {
          a: { node: 'n1', address: '10.0.0.2', bfd: {} },
          b: { node: 'n2', address: '10.0.0.1' },
          c: { node: 'n1', address: '10.0.0.3', bfd: { multihop: false } },
          d: { node: 'n3', address: '10.0.0.1', bfd: {} },
          e: { node: 'n2', address: '10.0.0.3', bfd: { multihop: true } },
          f: { node: 'n3', address: '10.0.0.2', bfd: { multihop: true, strict: true } },
        },
        nodes: {
          n1: { ipv4Address: '10.0.0.1' },
          n2: { ipv4Address: '10.0.0.2' },
          n3: { ipv4Address: '10.0.0.3' },
        },
      },
      ['bfd-ends peers.a.bfd', 'bfd-ends peers.c.bfd', 'bfd-ends peers.d.bfd'],
    ],
    [
      'intervals and multipliers that BFD does not have',
      { meshBfd: { transmitInterval: 49, receiveInterval: 60001, detectMultiplier: 0, minimumTtl: 256, interval: 1 } },
      [
        'range meshBfd.transmitInterval',
        'range meshBfd.receiveInterval',
        'range meshBfd.detectMultiplier',
        'range meshBfd.minimumTtl',
        'unknown-field meshBfd.interval',
      ],
    ],
    [
      'two nodes of which each waits for the other by a peer of its own',
      {
        peers: {
          p: { node: 'n1', address: '10.0.0.2', passive: true },
          q: { node: 'n2', peerSelector: 'all()', passive: true },
        },
      },
      ['both-passive peers.p.passive', 'both-passive peers.q.passive'],
    ],
    [
      'only that of two waiting nodes which is not to be down',
      {
        peers: {
          p: { node: 'n1', address: '10.0.0.2', passive: true },
          q: { node: 'n2', address: '10.0.0.1', passive: true, expect: 'down' },
        },
      },
      [],
    ],
    [
      'nothing where the other end dials by a peer that counts first',
      {
        peers: {
          p: { node: 'n1', address: '10.0.0.2', passive: true },
          a: { node: 'n2', address: '10.0.0.1', port: 179 },
          q: { node: 'n2', peerSelector: 'all()', passive: true },
        },
      },
      [],
    ],
    [
      'a family twice',
      { peers: { p: { address: '192.0.2.1', asNumber: 1, families: ['ipv4', 'ipv4'] } } },
      ['peer-field peers.p.families'],
    ],
    [
      'a top-of-rack neighbour twice, and one that is a node',
      {
        racks: {
          r: {
            asNumber: 1,
            topOfRack: [{ ipv4Address: '192.0.2.1' }, { ipv4Address: '192.0.2.1' }, { ipv4Address: '10.0.0.1' }],
          },
        },
      },
      ['duplicate-peer racks.r.topOfRack.1.ipv4Address', 'rack-top racks.r.topOfRack.2.ipv4Address'],
    ],
    [
      'a role towards a neighbour of the same AS number',
      {
        peers: {
          p: { node: 'n1', address: '192.0.2.1', asNumber: 64512, role: 'peer' },
          q: { node: 'n1', address: '192.0.2.2', asNumber: 64512, localAsNumber: 65009, role: 'peer' },
        },
      },
      ['role peers.p.role'],
    ],
    [
      'route reflectors that no label chooses',
      { routeReflectors: { r: { reflectorSelector: "role == 'reflector'" } } },
      ['reflectors routeReflectors.r.reflectorSelector'],
    ],
    [
      'a reflector with two cluster ids',
      {
        nodes: { ...base.nodes, n3: { ipv4Address: '10.0.0.3', routeReflectorClusterId: '3.3.3.3' } },
        routeReflectors: {
          one: { reflectors: ['n1', 'n3'], clusterId: '1.1.1.1', clients: ['n2'] },
          two: { reflectorSelector: 'all()', clusterId: '1.1.1.1' },
          three: { reflectors: ['n1'], clusterId: '2.2.2.2' },
        },
      },
      ['cluster-ids routeReflectors.three.clusterId', 'cluster-ids routeReflectors.one.clusterId'],
    ],
    ['a rack without its AS number', { racks: { r: {} } }, ['as-number racks.r.asNumber']],
    [
      'interfaces with a blank',
      { nodes: { n1: { ipv4Address: '10.0.0.1', workloadInterfaces: ['eth 0'] } } },
      ['interface nodes.n1.workloadInterfaces.0'],
    ],
    ['a node that is no object', { nodes: { n1: 7 } }, ['shape nodes.n1']],
  ])('refuses %s', (_, more, expected) => {
    expect(paths({ ...base, ...more })).toEqual(expected);
  });

  test.each([null, 7, 'fabric', [], undefined])('refuses %p without a crash', (spec) => {
    expect(readFabric(spec).problems.length).toBeGreaterThan(0);
  });

  test('that is right is told no problem whichever parts of it are unknown yet', () => {
    const rich = {
      name: 'rich',
      edition: 2,
      asNumber: 64512,
      listenPort: 179,
      holdTime: 90,
      keepaliveTime: 30,
      communities: { blue: '64512:1' },
      prefixAdvertisements: [{ prefix: '10.0.0.0/8', communities: ['blue'] }],
      nodes: {
        n1: { ipv4Address: '10.0.0.1', rack: 'a', labels: { role: 'spine' }, endpoint: 'unix:///1' },
        n2: { ipv4Address: '10.0.0.2', ipv6Address: 'fd00::2', labels: { role: 'spine' }, endpoint: 'unix:///2' },
        n3: { ipv6Address: 'fd00::3', rack: 'a', routerId: '1.1.1.3', endpoint: 'unix:///3' },
      },
      racks: { a: { asNumber: 65001, topOfRack: [{ ipv4Address: '192.0.2.1', asNumber: 65100, filters: ['f'] }] } },
      peers: {
        one: { node: 'n1', address: '192.0.2.9', asNumber: 65009, filters: ['f'], role: 'customer' },
        inner: { node: 'n3', address: '10.0.0.2', localAddress: '10.0.0.9' },
        six: { node: 'n3', address: 'fd00::2' },
        groups: { nodeSelector: "role == 'spine'", peerSelector: 'has(role)' },
        any: { node: 'n2', prefix: '192.0.3.0/24', asNumber: 65002, maxNeighbours: 3 },
      },
      routeReflectors: {
        r: { reflectors: ['n1'], clients: ['n3'], clusterId: '1.1.1.1' },
        s: { reflectorSelector: 'has(role)' },
      },
      filters: { f: { import: [{ prefix: '10.0.0.0/8', action: 'accept' }], export: [{ action: 'accept' }] } },
    };
    const pathsIn = (value: unknown): string[][] =>
      typeof value !== 'object' || value === null
        ? []
        : Object.entries(value).flatMap(([key, inner]) => [[key], ...pathsIn(inner).map((rest) => [key, ...rest])]);
    const without = (value: unknown, [key, ...rest]: string[]): unknown => {
      if (key === undefined) return UNKNOWN;
      const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
      copy[key] = without(copy[key], rest);
      return copy;
    };
    expect(readFabric(rich).problems.map(String)).toEqual([]);
    const all = pathsIn(rich);
    const told = (spec: unknown) => readFabric(spec).problems.map(String);
    const isWithin = (outer: string[], inner: string[]) => outer.every((step, i) => inner[i] === step);
    const wrong = all.flatMap((path) => {
      const one = without(rich, path);
      const others = path.length > 3 ? [] : all.filter((other) => other.length <= 3);
      const apart = others.filter((other) => !isWithin(path, other) && !isWithin(other, path));
      return [...told(one), ...apart.flatMap((other) => told(without(one, other)))].map((said) => [...path, said]);
    });
    expect(wrong).toEqual([]);
  });

  test('is checked in what is known where a part is unknown yet', () => {
    const spec = {
      ...base,
      asNumber: UNKNOWN,
      nodes: { n1: { ipv4Address: UNKNOWN }, n2: UNKNOWN },
      peers: { p: { node: 'n7', address: UNKNOWN, asNumber: 1 } },
    };
    const { fabric, problems } = readFabric(spec);
    expect(fabric).toBeUndefined();
    expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual(['unknown-node peers.p.node']);
    expect(readFabric({ ...base, asNumber: UNKNOWN })).toEqual({ problems: [] });
    const labels = { role: UNKNOWN };
    const group = { routeReflectors: { r: { reflectorSelector: "role == 'reflector'" } } };
    expect(readFabric({ ...base, ...group, nodes: { n1: { ipv4Address: '10.0.0.1', labels } } })).toEqual({
      problems: [],
    });
    const unsure = {
      nodes: { n1: { ipv4Address: '10.0.0.1', labels }, n2: { ipv4Address: '10.0.0.2', labels } },
      peers: { p: { nodeSelector: 'has(role)', peerSelector: 'has(role)', passive: true } },
      routeReflectors: {
        a: { reflectorSelector: "role == 'a'", clusterId: '1.1.1.1' },
        b: { reflectorSelector: "role == 'b'", clusterId: '2.2.2.2' },
      },
    };
    expect(readFabric({ ...base, ...unsure })).toEqual({ problems: [] });
  });

  test('has a shape with a kind and a description for every field', () => {
    const shape = fabricShape();
    expect(shape.fields.asNumber).toMatchObject({ required: false, shape: { type: 'leaf', kind: 'asNumber' } });
    expect(shape.fields.name.required).toBe(true);
    const nodes = shape.fields.nodes.shape;
    expect(nodes.type === 'map' && nodes.item.type === 'object' && Object.keys(nodes.item.fields)).toContain(
      'ipv4Address',
    );
    const described = JSON.stringify(shape).match(/"description":"[^"]+"/g)!.length;
    expect(described).toBeGreaterThan(30);
    expect(JSON.stringify(shape)).not.toContain('"description":""');
  });
});

test.each([
  [
    'the address of a node, with another AS number',
    { peers: { p: { address: '10.0.0.2', asNumber: 65001 } } },
    'peers.p.asNumber: 10.0.0.2 is the address of node n2, which has AS number 64512, not 65001. If the neighbour is outside the fabric, correct its address; if it is that node, write the AS number of the node.',
  ],
  [
    'an index as code writes it',
    { peers: { p: { address: '192.0.2.1', asNumber: 65001, filters: ['none'] } } },
    'peers.p.filters[0]: there is no filter none. Name a filter of this fabric, or add the filter.',
  ],
  [
    'a number that is a name as a name',
    { nodes: { 7: {} } },
    'nodes.7: the node has no address. Give it an ipv4Address or an ipv6Address (or both).',
  ],
])('a problem names %s', (_, more, text) => {
  expect(readFabric({ ...base, ...more }).problems.map(String)).toContain(text);
});
