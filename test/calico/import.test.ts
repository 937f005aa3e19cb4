import { fabricName } from '../../lib/calico/fabric-name';
import { importFabric } from '../../lib/calico/import';
import { readManifests } from '../../lib/calico/manifests';
import { type CalicoKind, resource, type Spec } from '../../lib/calico/resource';
import { readFabric } from '../../lib/model/read';
import { sessionsOf } from '../../lib/topology/derive';

const node = (name: string, last: number, more: Spec = {}, labels?: Record<string, string>) =>
  resource('Node', name, { bgp: { ipv4Address: `10.0.0.${last}/24`, ...more } }, labels);
const peer = (name: string, spec: Spec) => resource('BGPPeer', name, spec);
const make = (...resources: ReturnType<typeof resource>[]) => {
  const made = importFabric(resources, 'site');
  expect(made.problems).toEqual([]);
  return { ...made, left: made.left.map(({ path, reason }) => `${path}: ${reason}`) };
};
const filter = (rule: Spec, list = 'exportV4') =>
  make(resource('BGPFilter', 'f', { [list]: [{ action: 'Accept', ...rule }] })).spec.filters?.f;

describe('a fabric from Calico', () => {
  test('has the AS number, the mesh, the port and the nodes', () => {
    const { spec, taken, left } = make(
      resource('BGPConfiguration', 'default', {
        asNumber: '1.1',
        nodeToNodeMeshEnabled: false,
        listenPort: 1790,
        bindMode: 'NodeIP',
        serviceClusterIPs: [{ cidr: '10.96.0.0/12' }],
      }),
      node('a', 1, { ipv6Address: '2001:db8::1/64' }),
      node('b', 2, { asNumber: 65002 }),
      resource('Node', 'policy-only', {}),
    );
    const advertise = [{ prefix: '10.96.0.0/12', blackhole: false }];
    expect(spec).toEqual({
      name: 'site',
      asNumber: 65537,
      nodeToNodeMesh: false,
      listenPort: 1790,
      bindMode: 'nodeAddress',
      nodes: {
        a: { ipv4Address: '10.0.0.1', ipv6Address: '2001:db8::1', advertise },
        b: { ipv4Address: '10.0.0.2', asNumber: 65002, advertise },
      },
      filters: {},
      peers: {},
    });
    expect(taken).toEqual(['BGPConfiguration/default', 'Node/a', 'Node/b']);
    expect(left).toEqual([
      expect.stringMatching(
        /^BGPConfiguration.default spec\.serviceClusterIPs: every node advertises the whole prefix/,
      ),
      'Node/policy-only: it has no address',
    ]);
  });

  test('has BFD where Calico Enterprise has: on the link of a neighbour outside, over any way to a node', () => {
    const failureDetectionMode = 'BFDIfDirectlyConnected';
    const { spec, left } = make(
      node('a', 1),
      node('b', 2),
      peer('inner', { node: 'a', peerIP: '10.0.0.2', asNumber: 64512, failureDetectionMode }),
      peer('none', { peerIP: '192.0.2.2', asNumber: 65000, failureDetectionMode: 'None' }),
      peer('tor', { peerIP: '192.0.2.1', asNumber: 65000, failureDetectionMode }),
    );
    expect(left.join()).not.toContain('failureDetectionMode');
    const bfdOf = (name: string) => spec.peers?.[name].bfd;
    expect(['inner', 'none', 'tor'].map(bfdOf)).toEqual([{}, undefined, { multihop: false }]);
  });

  test('of manifests that say nothing more is that of the defaults', () => {
    expect(make(resource('BGPConfiguration', 'default', { asNumber: 64512, listenPort: 179 })).spec).toEqual({
      name: 'site',
      nodes: {},
      filters: {},
      peers: {},
    });
  });

  test('has peers of all nodes and of one, which take all and give what lies in the pools', () => {
    const { spec, left } = make(
      node('a', 1),
      peer('tor', { peerIP: '192.0.2.1:1790', asNumber: 65000, nextHopMode: 'Self', nodeSelector: 'all()' }),
      peer('a.tor', {
        node: 'a',
        peerIP: '192.0.2.2',
        asNumber: 65000,
        ttlSecurity: 1,
        keepaliveTime: '40s',
        numAllowedLocalASNumbers: 2,
      }),
      peer('old', { peerIP: '192.0.2.3', asNumber: 65000, keepOriginalNextHop: true, keepaliveTime: '10s' }),
      resource('IPPool', 'all', { cidr: '10.64.0.0/12' }),
      resource('IPPool', 'inner', { cidr: '10.65.0.0/16', disableBGPExport: true, ipipMode: 'Always' }),
    );
    expect(spec.peers).toEqual({
      tor: {
        nodeSelector: 'all()',
        address: '192.0.2.1',
        port: 1790,
        asNumber: 65000,
        filters: ['calico-default'],
        nextHop: 'self',
        multihop: true,
      },
      'a.tor': {
        node: 'a',
        address: '192.0.2.2',
        asNumber: 65000,
        filters: ['calico-default'],
        ttlSecurity: 1,
        allowOwnAs: 2,
        keepaliveTime: 40,
        holdTime: 120,
      },
      old: {
        address: '192.0.2.3',
        asNumber: 65000,
        filters: ['calico-default'],
        nextHop: 'keep',
        multihop: true,
        keepaliveTime: 10,
      },
    });
    expect(spec.filters).toEqual({
      'calico-default': {
        import: [{ action: 'accept' }],
        export: [
          { prefix: '10.65.0.0/16', action: 'reject' },
          { prefix: '10.64.0.0/12', action: 'accept' },
        ],
      },
    });
    expect(left).toEqual(['IPPool/inner spec.ipipMode: a fabric does not route through tunnels']);
  });

  test('exports services, whose cluster prefixes every node advertises that serves the outside', () => {
    const excluded = { 'node.kubernetes.io/exclude-from-external-load-balancers': 'true' };
    const { spec, left } = make(
      resource('BGPConfiguration', 'default', {
        serviceClusterIPs: [{ cidr: '10.96.0.0/12' }],
        serviceExternalIPs: [{ cidr: '198.51.100.0/24' }],
        serviceLoadBalancerIPs: [{ cidr: '198.51.100.0/24' }],
      }),
      node('a', 1),
      node('b', 2, {}, excluded),
      resource('IPPool', 'all', { cidr: '10.64.0.0/12' }),
      peer('tor', { peerIP: '192.0.2.1', asNumber: 65000 }),
    );
    expect([spec.nodes!.a.advertise, spec.nodes!.b.advertise]).toEqual([
      [{ prefix: '10.96.0.0/12', blackhole: false }],
      undefined,
    ]);
    expect(spec.filters!['calico-default'].export).toEqual(
      ['10.64.0.0/12', '10.96.0.0/12', '198.51.100.0/24'].map((prefix) => ({ prefix, action: 'accept' })),
    );
    expect(left.map((line) => line.split(': ')[0])).toEqual(
      ['ExternalIPs[0].cidr', 'LoadBalancerIPs[0].cidr', 'ClusterIPs'].map(
        (field) => `BGPConfiguration/default spec.service${field}`,
      ),
    );
  });

  test('says which peers have no session for want of nodes', () => {
    const one = peer('p', { nodeSelector: "rack == 'x'", peerSelector: 'has(reflector)' });
    expect(make(one).left).toContainEqual(expect.stringMatching(/^Node: there is none, so no peer has a session/));
    expect(make(node('a', 1), one).left).toEqual(
      expect.arrayContaining(
        ['nodeSelector', 'peerSelector'].map(
          (field) => `BGPPeer/p spec.${field}: no node has such labels, so the peer has no session`,
        ),
      ),
    );
  });

  test.each<[string, Spec, string]>([
    ['workloads', { localWorkloadSelector: 'all()', asNumber: 1 }, 'a fabric cannot peer with workloads'],
    ['an absent node', { node: 'b', peerIP: '192.0.2.1', asNumber: 1 }, 'there is no node b'],
    ['a family that the node has not', { node: 'a', peerIP: '2001:db8::1', asNumber: 1 }, 'node a has no ipv6 address'],
    ['the node itself', { node: 'a', peerIP: '10.0.0.1' }, "10.0.0.1 is the node's own address"],
    ['no AS number', { peerIP: '192.0.2.1' }, 'it has no AS number'],
    ['another AS number than the node has', { peerIP: '10.0.0.1', asNumber: 1 }, 'node a has AS number 64512, not 1'],
    ['nobody', {}, 'it does not name a neighbour'],
  ])('leaves out a peer with %s', (_, spec, reason) => {
    const { spec: made, left } = make(node('a', 1), peer('p', spec));
    expect([made.peers, left]).toEqual([{}, [`BGPPeer/p: ${reason}`]]);
  });

  test('has one peer for one address and port: that of every node', () => {
    const { spec, left } = make(
      node('a', 1),
      peer('a.one', { node: 'a', peerIP: '192.0.2.1', asNumber: 1 }),
      peer('two', { peerIP: '192.0.2.1', asNumber: 2 }),
    );
    expect(Object.keys(spec.peers!)).toEqual(['two']);
    expect(left).toContain('BGPPeer/a.one: two already defines the sessions with 192.0.2.1');
  });

  test('has what the default configuration says of all nodes', () => {
    const { spec, left, provide } = make(
      resource('BGPConfiguration', 'default', {
        nodeMeshPassword: { secretKeyRef: { name: 'bgp', key: 'mesh/key' } },
        nodeMeshMaxRestartTime: '2m',
        bindMode: 'None',
        communities: [{ name: 'blue', value: '64512:1' }],
        prefixAdvertisements: [{ cidr: '10.65.0.0/16', communities: ['blue', '64512:1:2'] }],
        ignoredInterfaces: ['docker*'],
        logSeverityScreen: 'Warning',
      }),
    );
    expect(spec).toEqual({
      name: 'site',
      meshPassword: 'file:/etc/peerform/secrets/bgp.mesh%2Fkey',
      meshRestartTime: 120,
      communities: { blue: '64512:1' },
      prefixAdvertisements: [{ prefix: '10.65.0.0/16', communities: ['blue', '64512:1:2'] }],
      ignoredInterfaces: ['docker*'],
      logLevel: 'warn',
      nodes: {},
      filters: {},
      peers: {},
    });
    expect(left).toEqual([]);
    expect(provide.map(({ path }) => path)).toEqual(['BGPConfiguration/default spec.nodeMeshPassword']);
  });

  test('has labels, reflectors, and the blocks that are confirmed', () => {
    const block = (name: string, spec: Spec) =>
      resource('BlockAffinity', name, { node: 'a', state: 'confirmed', deleted: 'false', ...spec });
    const { spec, left } = make(
      node('a', 1, { routeReflectorClusterID: '1.0.0.1' }, { rack: 'r' }),
      block('one', { cidr: '10.65.0.64/26' }),
      block('two', { cidr: '10.65.0.128/26', state: 'pending' }),
      block('three', { cidr: '10.65.0.192/26', node: 'gone' }),
    );
    expect(spec.nodes?.a).toEqual({
      ipv4Address: '10.0.0.1',
      labels: { rack: 'r' },
      routeReflectorClusterId: '1.0.0.1',
      advertise: [{ prefix: '10.65.0.64/26', moreSpecifics: 'suppress' }],
    });
    expect(left).toEqual([
      'BlockAffinity/two: it is not confirmed, so it is not advertised',
      'BlockAffinity/three: there is no node gone',
    ]);
  });

  test('has peers by selector, which give nodes all that there is', () => {
    const { spec, left } = make(
      node('a', 1, { routeReflectorClusterID: '1.0.0.1' }, { role: 'reflector' }),
      node('b', 2),
      peer('clients', { nodeSelector: '!has(role)', peerSelector: 'has(role)', reversePeering: 'Manual' }),
      peer('tor', { nodeSelector: 'has(role)', peerIP: '192.0.2.1', asNumber: 65000 }),
    );
    expect(spec.peers).toEqual({
      clients: {
        nodeSelector: '!has(role)',
        peerSelector: 'has(role)',
        reversePeering: 'manual',
        multihop: true,
        filters: ['calico-nodes'],
      },
      tor: {
        nodeSelector: 'has(role)',
        address: '192.0.2.1',
        asNumber: 65000,
        multihop: true,
        filters: ['calico-default'],
      },
    });
    expect(spec.filters?.['calico-nodes']).toEqual({ import: [{ action: 'accept' }], export: [{ action: 'accept' }] });
    expect(left.map((line) => line.split(': ')[0])).toEqual(['IPPool']);
  });

  test('has all that a peer says of its session, and says which fields it leaves out', () => {
    const { spec, left, provide } = make(
      node('a', 1),
      peer('p', {
        peerIP: '192.0.2.1',
        asNumber: 1,
        localASNumber: 2,
        password: { secretKeyRef: { name: 's', key: 'k' } },
        maxRestartTime: '30s',
        sourceAddress: 'None',
        reachableBy: '192.0.2.9',
      }),
      peer('q', { peerIP: '192.0.2.2', asNumber: 1, maxRestartTime: '2h', numAllowedLocalASNumbers: 15 }),
      resource('BGPConfiguration', 'node.a', { listenPort: 500 }),
      resource('IPPool', 'all', { cidr: '10.64.0.0/12' }),
    );
    expect(spec.peers?.p).toEqual({
      address: '192.0.2.1',
      asNumber: 1,
      localAsNumber: 2,
      password: 'file:/etc/peerform/secrets/s.k',
      restartTime: 30,
      reachableBy: '192.0.2.9',
      multihop: true,
      filters: ['calico-default'],
    });
    expect(left).toEqual([
      'BGPConfiguration/node.a spec.listenPort: a node of a fabric has no listenPort of its own',
      "BGPPeer/p spec.sourceAddress: a session of a fabric always uses the node's address",
      "BGPPeer/q spec.maxRestartTime: 7200 is not a restart time from 1 to 4095 seconds: the fabric's is used",
      'BGPPeer/q spec.numAllowedLocalASNumbers: 15 is more than a fabric allows: 10 is used',
    ]);
    expect(provide).toEqual([
      {
        path: 'BGPPeer/p spec.password',
        reason: 'write it to /etc/peerform/secrets/s.k on each node that uses it; the sessions stay down until then',
      },
    ]);
  });

  test('has one peer where a selector chooses a node that has the neighbour already', () => {
    const { spec, left } = make(
      node('a', 1, {}, { x: '' }),
      node('b', 2, {}, { x: '' }),
      peer('one', { node: 'a', peerIP: '192.0.2.1', asNumber: 1 }),
      peer('two', { nodeSelector: 'has(x)', peerIP: '192.0.2.1', asNumber: 1 }),
      peer('zero', { nodeSelector: '!has(x)', peerIP: '192.0.2.1', asNumber: 1 }),
    );
    expect(spec.peers).toMatchObject({
      one: { node: 'a' },
      'two.b': { node: 'b', address: '192.0.2.1', asNumber: 1 },
      zero: { nodeSelector: '!has(x)' },
    });
    expect(left).toContain(
      'BGPPeer/two spec.nodeSelector: one already defines the sessions of a with 192.0.2.1: other nodes have two.b',
    );
  });

  test('has the other side of a session that one peer makes without it, and another with it', () => {
    const { spec } = make(
      node('a', 1),
      node('b', 2),
      node('c', 3),
      resource('BGPFilter', 'f', { exportV4: [{ action: 'Reject' }] }),
      peer('one', { peerIP: '10.0.0.2', asNumber: 64512, reversePeering: 'Manual' }),
      peer('two', { nodeSelector: 'all()', peerIP: '10.0.0.2', asNumber: 64512, filters: ['f'] }),
    );
    expect(spec.peers).toMatchObject({
      one: { reversePeering: 'manual' },
      'two.b': { node: 'b', address: '10.0.0.1', reversePeering: 'manual', filters: ['f', 'calico-nodes'] },
      'two.b-1': { node: 'b', address: '10.0.0.3', reversePeering: 'manual', filters: ['f', 'calico-nodes'] },
    });
  });

  test('names no port of a node, for all listen on one, and has no peer at another', () => {
    const { spec, left } = make(
      node('a', 1),
      node('b', 2),
      resource('BGPConfiguration', 'default', { listenPort: 178 }),
      peer('p', { node: 'a', peerIP: '10.0.0.2:178', asNumber: 64512 }),
      peer('q', { node: 'b', peerIP: '10.0.0.1:179', asNumber: 64512 }),
    );
    expect(spec.peers?.p).not.toHaveProperty('port');
    expect(left).toContain('BGPPeer/q: node a listens on port 178, not 179');
  });

  test('has filters before what Calico does after them, and no peer whose filter it has not', () => {
    const filters = [
      resource('BGPFilter', 'good', { importV6: [{ action: 'Reject' }] }),
      resource('BGPFilter', 'odd', { importV4: [{ action: 'Accept', interface: 'eth0' }] }),
      resource('BGPFilter', 'never', {
        exportV4: [{ action: 'Accept', cidr: '10.0.0.0/8', matchOperator: 'NotEqual', prefixLength: { max: 24 } }],
      }),
      resource('BGPFilter', 'calico-default', {}),
    ];
    const { spec, left } = make(
      ...filters,
      peer('p', { peerIP: '192.0.2.1', asNumber: 1, filters: ['good', 'calico-default'] }),
      peer('q', { peerIP: '192.0.2.2', asNumber: 1, filters: ['good', 'odd'] }),
    );
    expect(spec.peers?.p.filters).toEqual(['good', 'calico-default', 'calico-default-1']);
    expect(Object.keys(spec.filters!)).toEqual(['good', 'calico-default', 'calico-default-1']);
    expect(left).toEqual(
      expect.arrayContaining([
        'BGPFilter/odd: spec.importV4[0]: a received route has no interface',
        'BGPFilter/never: spec.exportV4[0]: prefixLength cannot be combined with NotEqual, which makes a Calico rule match nothing: write NotIn',
        'BGPPeer/q: its filter odd was left out',
      ]),
    );
  });

  test.each<[Spec, object[]]>([
    [{}, [{ prefix: '0.0.0.0/0', action: 'accept' }]],
    [
      { action: 'Reject', cidr: '10.0.0.0/8', matchOperator: 'Equal' },
      [{ prefix: '10.0.0.0/8', le: 8, action: 'reject' }],
    ],
    [
      { cidr: '10.0.0.0/8', matchOperator: 'In', prefixLength: { max: 24 } },
      [{ prefix: '10.0.0.0/8', le: 24, action: 'accept' }],
    ],
    [
      { cidr: '128.0.0.0/1', matchOperator: 'NotIn' },
      [
        { prefix: '0.0.0.0/0', le: 0, action: 'accept' },
        { prefix: '0.0.0.0/1', action: 'accept' },
      ],
    ],
    [
      {
        interface: 'eth*',
        source: 'RemotePeers',
        peerType: 'iBGP',
        communities: { values: ['1:2:3'] },
        asPathPrefix: [65000],
        priority: 512,
      },
      [
        {
          prefix: '0.0.0.0/0',
          interface: 'eth*',
          source: 'bgp',
          peerType: 'ibgp',
          communities: ['1:2:3'],
          asPathBeginsWith: [65000],
          localPreference: 2147483135,
          action: 'accept',
        },
      ],
    ],
    [
      {
        operations: [
          { prependASPath: { prefix: [1, 2] } },
          { prependASPath: { prefix: [3] } },
          { setPriority: { value: 512 } },
          { addCommunity: { value: '1:1' } },
        ],
      },
      [
        {
          prefix: '0.0.0.0/0',
          action: 'accept',
          set: { addCommunities: ['1:1'], prependAsNumbers: [3, 1, 2], localPreference: 2147483135 },
        },
      ],
    ],
  ])('says a rule %j', (rule, rules) => {
    expect(filter(rule)).toEqual({ import: [], export: rules });
  });

  test('says a rule of IPv6 for IPv6 only', () => {
    expect(filter({}, 'importV6')).toEqual({ import: [{ prefix: '::/0', action: 'accept' }], export: [] });
  });

  test('keeps names, and shortens those that are too long to different ones', () => {
    const [one, two] = ['x', 'y'].map((end) => fabricName('n'.repeat(80) + end));
    expect(one).not.toBe(two);
    expect([one.length, two.length, fabricName('short.name')]).toEqual([63, 63, 'short.name']);
    const long = 'host'.repeat(17);
    const { spec } = make(node(long, 1), peer('p', { node: long, peerIP: '192.0.2.1', asNumber: 1 }));
    expect(Object.keys(spec.nodes!)).toEqual([spec.peers?.p.node]);
  });

  test('is the same each time, and its sessions are those that Calico gives', () => {
    const text = [
      ...['a', 'b', 'c'].map((name, i) => ['Node', name, { bgp: { ipv4Address: `10.0.0.${i + 1}/24` } }] as const),
      ['BGPPeer', 'tor', { peerIP: '192.0.2.1', asNumber: 65000 }] as const,
      ['BGPPeer', 'b.tor', { node: 'b', peerIP: '192.0.2.2', asNumber: 64512 }] as const,
    ]
      .map(([kind, name, spec]) => JSON.stringify(resource(kind as CalicoKind, name, spec)))
      .join('\n---\n');
    const once = importFabric(readManifests({ name: '', text }).resources, 'site');
    expect(importFabric(readManifests({ name: '', text }).resources, 'site')).toEqual(once);
    const fabric = readFabric(once.spec).fabric!;
    expect(
      sessionsOf(fabric, 'b')
        .map(({ kind, remoteAddress, remoteAs }) => `${kind} ${remoteAddress} ${remoteAs}`)
        .sort(),
    ).toEqual(['global 192.0.2.1 65000', 'mesh 10.0.0.1 64512', 'mesh 10.0.0.3 64512', 'node 192.0.2.2 64512']);
  });
});
