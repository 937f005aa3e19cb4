import { readManifests } from '../../lib/calico/manifests';

const read = (text: string) => {
  const { resources, problems, passedOver } = readManifests({ name: '', text });
  return { resources, problems: problems.map(({ path, message }) => `${path}: ${message}`), passedOver };
};
const v1 = (kind: string, metadata: object, spec?: object) =>
  JSON.stringify({ apiVersion: 'v1', kind, metadata, spec });

test('of two that differ under one name the last is used, and that is told', () => {
  const pool = (cidr: string) =>
    JSON.stringify({ apiVersion: 'projectcalico.org/v3', kind: 'IPPool', metadata: { name: 'p' }, spec: { cidr } });
  const of = (...cidrs: string[]) => readManifests({ name: '', text: cidrs.map(pool).join('\n---\n') });
  const { resources, left } = of('10.64.0.0/16', '10.65.0.0/16');
  expect(resources.map(({ spec }) => spec.cidr)).toEqual(['10.65.0.0/16']);
  expect(left).toEqual([
    { path: 'IPPool/p', reason: 'there are several of this name that differ: the last one is used' },
  ]);
  expect(of('10.64.0.0/16', '10.64.0.0/16').left).toEqual([]);
});

describe('manifests of calicoctl 1.x', () => {
  test('become v3 under the names that the upgrade of Calico gives', () => {
    const { resources, problems } = read(
      [
        v1('bgpPeer', { scope: 'global', peerIP: '198.51.100.7' }, { asNumber: '1.10' }),
        v1('bgpPeer', { scope: 'node', node: 'Leaf_1.Example', peerIP: '2001:DB8::7' }, { asNumber: 64900 }),
        v1('node', { name: 'Leaf_1.Example' }, { bgp: { ipv4Address: '198.51.100.20/26', asNumber: '64900' } }),
        v1('node', { name: 'policy-only' }),
        v1('ipPool', { cidr: '10.64.0.0/12' }, { ipip: { enabled: true, mode: 'cross-subnet' }, 'nat-outgoing': true }),
        v1('ipPool', { cidr: '2001:db8:64::/64' }, { disabled: true, ipip: { enabled: false, mode: 'always' } }),
      ].join('\n---\n'),
    );
    expect(problems).toEqual([]);
    expect(resources.map(({ kind, metadata, spec }) => [kind, metadata.name, spec])).toEqual([
      ['BGPPeer', '198-51-100-7', { peerIP: '198.51.100.7', asNumber: 65546 }],
      [
        'BGPPeer',
        'leaf-1.example.2001-0db8-0000-0000-0000-0000-0000-0007',
        { peerIP: '2001:db8::7', asNumber: 64900, node: 'leaf-1.example' },
      ],
      ['Node', 'leaf-1.example', { bgp: { asNumber: 64900, ipv4Address: '198.51.100.20/26' } }],
      ['Node', 'policy-only', {}],
      [
        'IPPool',
        '10-64-0-0-12',
        { cidr: '10.64.0.0/12', ipipMode: 'CrossSubnet', natOutgoing: true, nodeSelector: 'all()', blockSize: 26 },
      ],
      [
        'IPPool',
        '2001-db8-64---64',
        { cidr: '2001:db8:64::/64', ipipMode: 'Never', disabled: true, nodeSelector: 'all()', blockSize: 122 },
      ],
    ]);
  });

  test.each([
    [v1('node', { name: 'a' }, { bgp: { ipv4Address: '192.0.2.9' } }), { bgp: { ipv4Address: '192.0.2.9/32' } }],
    [v1('node', { name: 'a' }, { bgp: { ipv6Address: '2001:DB8::9' } }), { bgp: { ipv6Address: '2001:db8::9/128' } }],
  ])('give a node without a network all bits: %s', (text, spec) => {
    expect(read(text).resources[0].spec).toEqual(spec);
  });

  test.each([
    [v1('bgpPeer', { peerIP: '192.0.2.1' }), 'bgpPeer/192.0.2.1 metadata.scope: the scope is not global or node'],
    [
      v1('bgpPeer', { scope: 'global', node: 'a', peerIP: '192.0.2.1' }),
      'bgpPeer/192.0.2.1 metadata.node: a global peer must not name a node',
    ],
    [
      v1('bgpPeer', { scope: 'node', peerIP: '192.0.2.1' }),
      'bgpPeer/192.0.2.1 metadata.node: a peer of one node must name the node',
    ],
    [
      v1('bgpPeer', { scope: 'global', peerIP: '192.0.2.1/24' }),
      'bgpPeer/192.0.2.1/24 metadata.peerIP: "192.0.2.1/24" is not an address',
    ],
    [
      v1('bgpPeer', { scope: 'global', peerIP: '192.0.2.1' }, { asNumber: '65536.1' }),
      'bgpPeer/192.0.2.1 spec.asNumber: "65536.1" is not a valid AS number',
    ],
    [v1('node', { name: 'a' }, { bgp: { asNumber: 1 } }), 'node/a spec.bgp: the node has no address'],
    [
      v1('node', { name: 'a' }, { bgp: { ipv4Address: '2001:db8::1/64' } }),
      'node/a spec.bgp.ipv4Address: "2001:db8::1/64" is not an ipv4 address with a prefix length',
    ],
    [
      v1('ipPool', { cidr: '10.0.0.1/8' }),
      'ipPool/10.0.0.1/8 metadata.cidr: "10.0.0.1/8" is not a network, or has bits set beyond its length',
    ],
    [v1('node', {}), 'node/ metadata.name: the name is missing'],
  ])('say what the upgrade would refuse: %s', (text, problem) => {
    expect(read(text).problems).toEqual([problem]);
  });

  test('do not become one where they were two', () => {
    const node = (name: string, address: string) => v1('node', { name }, { bgp: { ipv4Address: address } });
    expect(read(`${node('Leaf', '192.0.2.1')}\n---\n${node('leaf', '192.0.2.2')}`).problems).toEqual([
      'Node/leaf: Leaf and leaf would have the same name',
    ]);
    expect(read(`${node('Leaf', '192.0.2.1')}\n---\n${node('Leaf', '192.0.2.2')}`).problems).toEqual([]);
  });
});

describe('settings of calicoctl 1.x', () => {
  const setting = (name: string, value: unknown, node?: string) => v1('config', { name, node }, { value });
  const specs = (...texts: string[]) =>
    read(texts.join('\n---\n')).resources.map(({ metadata, spec }) => [metadata.name, spec]);

  test('become the default configuration, and that of a node, whatever their order', () => {
    const all = [setting('asNumber', '1.1047'), setting('nodeToNodeMesh', 'off'), setting('LOGLEVEL', 'critical')];
    const made = { asNumber: 66583, nodeToNodeMeshEnabled: false, logSeverityScreen: 'Fatal' };
    expect(specs(...all)).toEqual([['default', made]]);
    expect(specs(...all.reverse(), setting('asNumber', 67111))).toEqual([['default', { ...made, asNumber: 67111 }]]);
    expect(specs(setting('logLevel', 'debug', 'Node_1'))).toEqual([['node.node-1', { logSeverityScreen: 'Debug' }]]);
  });

  test('are read where YAML made a truth value of them, and as the datastores hold them', () => {
    const inKubernetes = (name: string, value: string) =>
      `apiVersion: crd.projectcalico.org/v1\nkind: GlobalBGPConfig\nmetadata: {name: x}\nspec: {name: ${name}, value: '${value}'}`;
    expect(specs('apiVersion: v1\nkind: config\nmetadata: {name: nodeToNodeMesh}\nspec: {value: on}')).toEqual([
      ['default', { nodeToNodeMeshEnabled: true }],
    ]);
    expect(specs(inKubernetes('AsNumber', '64513'), inKubernetes('NodeMeshEnabled', 'false'))).toEqual([
      ['default', { asNumber: 64513, nodeToNodeMeshEnabled: false }],
    ]);
    expect(specs(setting('node_mesh', '{"enabled": false}'))).toEqual([['default', { nodeToNodeMeshEnabled: false }]]);
  });

  test('add to the configuration before them', () => {
    const before =
      'apiVersion: projectcalico.org/v3\nkind: BGPConfiguration\nmetadata: {name: default}\nspec: {listenPort: 178}';
    expect(specs(before, setting('asNumber', 5))).toEqual([['default', { listenPort: 178, asNumber: 5 }]]);
  });

  test.each([
    [
      setting('asNumber', '4294967296'),
      'config/asNumber spec.value: "4294967296" is not a valid asNumber: write an AS number',
    ],
    [setting('asNumber', 1, 'a'), 'config/asNumber metadata.node: asNumber applies to all nodes and must not name one'],
    [
      setting('nodeToNodeMesh', 'yes please'),
      'config/nodeToNodeMesh spec.value: "yes please" is not a valid nodeToNodeMesh: write on or off',
    ],
    [
      setting('logLevel', undefined),
      'config/logLevel spec.value: nothing is not a valid logLevel: write none, debug, info, warning, error, critical',
    ],
  ])('say what calicoctl would refuse: %s', (text, problem) => {
    expect(read(text).problems).toEqual([problem]);
  });

  test('of others than BGP are passed over and told of', () => {
    expect(read(setting('ipip', 'on'))).toEqual({ resources: [], problems: [], passedOver: ['config/ipip'] });
  });
});

describe('manifests', () => {
  const peer = (name: string, asNumber: number, version = 'projectcalico.org/v3') =>
    `apiVersion: ${version}\nkind: BGPPeer\nmetadata: {name: ${name}, uid: x}\nspec: {peerIP: 192.0.2.1, asNumber: ${asNumber}}\n`;

  test('of one kind and name: the later stands', () => {
    const { resources } = read([peer('a', 1), peer('b', 2), peer('a', 3)].join('---\n'));
    expect(resources.map(({ metadata, spec }) => [metadata.name, spec.asNumber])).toEqual([
      ['b', 2],
      ['a', 3],
    ]);
  });

  test('as the datastore of Kubernetes holds them are v3 too', () => {
    expect(read(peer('a', 1, 'crd.projectcalico.org/v1')).resources).toEqual(read(peer('a', 1)).resources);
    expect(read(peer('a', 1)).resources[0]).toEqual({
      apiVersion: 'projectcalico.org/v3',
      kind: 'BGPPeer',
      metadata: { name: 'a' },
      spec: { peerIP: '192.0.2.1', asNumber: 1 },
    });
  });

  test('that mean nothing to BGP are passed over and told of', () => {
    const others = [
      'apiVersion: v1\nkind: Pod\nmetadata: {name: kubelet}',
      'apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: web}',
      'apiVersion: cluster.example/v1\nkind: BGPPeer\nmetadata: {name: other}',
    ].join('\n---\n');
    expect(read(others)).toEqual({
      resources: [],
      problems: [],
      passedOver: ['Pod/kubelet', 'NetworkPolicy/web', 'BGPPeer/other'],
    });
  });

  test('of nodes of Kubernetes give way to those of Calico, in any order', () => {
    const kubernetes = 'apiVersion: v1\nkind: Node\nmetadata: {name: a, labels: {of: kubernetes}}\n';
    const own =
      'apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: a}\nspec: {bgp: {ipv4Address: 10.0.0.1/24}}\n';
    for (const text of [`${kubernetes}---\n${own}`, `${own}---\n${kubernetes}`])
      expect(read(text).resources).toEqual(read(own).resources);
  });

  test('of no known version, kind or shape are problems', () => {
    expect(read(peer('a', 1, 'projectcalico.org/v2')).problems).toEqual([
      'BGPPeer/a apiVersion: "projectcalico.org/v2" is not a Calico version',
    ]);
    expect(read('metadata: {name: a}').problems).toEqual([': a document has no kind']);
    expect(read('apiVersion: projectcalico.org/v3\nkind: Node').problems).toEqual([
      'Node/ metadata.name: the name is missing',
    ]);
  });

  test('of labels that are no strings it is told what they are taken for, and that it must be decided', () => {
    const text =
      'apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: a, labels: {on: yes, m: 1e3, s: "yes"}}\n';
    const { left, resources } = readManifests({ name: 'f', text: `${text}spec: {bgp: {ipv4Address: 10.0.0.1/24}}\n` });
    expect(resources[0].metadata.labels).toMatchObject({ m: '1000', s: 'yes' });
    expect(left.map(({ path, mustDecide }) => [path, mustDecide])).toEqual([
      ['Node/a metadata.labels.true', true],
      ['Node/a metadata.labels.m', true],
    ]);
    expect(left[1].reason).toContain('the number 1000');
  });
});
