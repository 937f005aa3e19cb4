import { type CalicoKind, resource, type Spec } from '../../lib/calico/resource';
import { validate } from '../../lib/calico/validate';

const problems = (kind: CalicoKind, spec: Spec, name = 'default') =>
  validate([resource(kind, name, spec), resource('BGPFilter', 'known', {})]).map(
    ({ path, message }) => `${path}: ${message}`,
  );
const peer = (spec: Spec) => problems('BGPPeer', spec, 'p');
const rule = (spec: Spec) => problems('BGPFilter', { importV4: [{ action: 'Accept', ...spec }] }, 'f');

describe('a BGPPeer', () => {
  test.each<Spec>([
    {},
    {
      peerIP: '192.0.2.1',
      asNumber: '1.1',
      nodeSelector: "rack == 'a'",
      filters: ['known'],
      password: { secretKeyRef: { name: 's', key: 'k' } },
    },
    {
      peerIP: '[2001:db8::1]:1790',
      reachableBy: '2001:db8::2',
      ttlSecurity: 255,
      maxRestartTime: '1m30s',
      keepaliveTime: '20s',
    },
    {
      peerSelector: 'all()',
      asNumber: 0,
      sourceAddress: 'None',
      nextHopMode: 'Self',
      keepOriginalNextHop: false,
      node: '',
    },
    { localWorkloadSelector: 'has(x)', asNumber: 4294967295, numAllowedLocalASNumbers: 2, reversePeering: 'Manual' },
  ])('%j is in order', (spec) => {
    expect(peer(spec)).toEqual([]);
  });

  test.each<[Spec, string]>([
    [{ peerIP: '192.0.2.1:65536' }, 'peerIP: "192.0.2.1:65536" is not an address, optionally with a port'],
    [{ peerIP: '2001:db8::1/64' }, 'peerIP: "2001:db8::1/64" is not an address, optionally with a port'],
    [{ node: 'a', nodeSelector: 'all()' }, 'node: node cannot be combined with nodeSelector'],
    [{ peerIP: '192.0.2.1', peerSelector: 'all()' }, 'peerIP: peerIP cannot be combined with peerSelector'],
    [{ peerSelector: 'all()', asNumber: 1 }, 'asNumber: asNumber cannot be combined with peerSelector'],
    [{ localWorkloadSelector: 'all()' }, 'asNumber: localWorkloadSelector needs an asNumber'],
    [{ reachableBy: '192.0.2.9' }, 'reachableBy: reachableBy needs a peerIP'],
    [
      { peerIP: '192.0.2.1', reachableBy: '2001:db8::1' },
      'reachableBy: reachableBy and peerIP are of different address families',
    ],
    [{ nodeSelector: 'rack = 1' }, 'nodeSelector: "rack = 1": the label rack is not followed by an operator at 5'],
    [{ asNumber: 1.5 }, 'asNumber: 1.5 is not a valid AS number'],
    [{ filters: ['known', 'absent'] }, 'filters[1]: there is no BGPFilter absent'],
    [{ ttlSecurity: 256 }, 'ttlSecurity: 256 is not a whole number from 0 to 255'],
    [{ maxRestartTime: '90' }, 'maxRestartTime: "90" is not a duration such as 90s or 1m30s'],
    [{ password: { secretKeyRef: { name: 's' } } }, 'password.secretKeyRef.key: key is missing'],
    [{ peerIp: '192.0.2.1' }, 'peerIp: there is no field peerIp'],
    [{ node: 'Node_1' }, 'node: "Node_1" is not a name of lower-case letters, digits, dashes and dots'],
    [{ nextHopMode: 'self' }, 'nextHopMode: "self" is not Auto, Self or Keep'],
  ])('%j is not', (spec, problem) => {
    expect(peer(spec)).toEqual([`BGPPeer/p spec.${problem}`]);
  });
});

describe('a rule of a BGPFilter', () => {
  test.each<Spec>([
    {},
    {
      cidr: '10.0.0.0/8',
      matchOperator: 'In',
      prefixLength: { min: 24, max: 32 },
      peerType: 'eBGP',
      source: 'RemotePeers',
      interface: '*',
    },
    { communities: { values: ['64512:1:4294967295'] }, asPathPrefix: ['65000', 65001], priority: 512 },
    {
      operations: [
        { addCommunity: { value: '64512:1' } },
        { prependASPath: { prefix: ['0.1'] } },
        { setPriority: { value: 1 } },
      ],
    },
  ])('%j is in order', (spec) => {
    expect(rule(spec)).toEqual([]);
  });

  test.each<[Spec, string]>([
    [{ action: 'Drop' }, '.action: "Drop" is not Accept or Reject'],
    [{ action: '' }, '.action: action is missing'],
    [
      { cidr: '10.0.0.1/8', matchOperator: 'In' },
      '.cidr: "10.0.0.1/8" is not an IPv4 network (without bits set beyond its length)',
    ],
    [{ cidr: '10.0.0.0/8' }, '.matchOperator: cidr and matchOperator must be set together'],
    [{ prefixLength: { max: 8 } }, '.prefixLength: prefixLength needs a cidr'],
    [{ communities: { values: ['1:1', '1:2'] } }, '.communities.values: the list has 2 entries, not 1 to 1'],
    [
      { communities: { values: ['65536:1'] } },
      '.communities.values[0]: "65536:1" is not a community such as 64512:100 or 64512:1:2',
    ],
    [
      { action: 'Reject', operations: [{ setPriority: { value: 1 } }] },
      '.operations: operations need a rule that accepts',
    ],
    [{ operations: [{}] }, '.operations[0]: an operation must be one of addCommunity, prependASPath, setPriority'],
    [{ priority: 2147483647 }, '.priority: 2147483647 is not a whole number from 1 to 2147483646'],
  ])('%j is not', (spec, problem) => {
    expect(rule(spec)).toEqual([`BGPFilter/f spec.importV4[0]${problem}`]);
  });
});

describe('a BGPConfiguration', () => {
  const advert = { cidr: '10.0.0.0/8', communities: ['mine', '1:1'] };

  test('is in order with all that Calico knows', () => {
    const spec = {
      logSeverityScreen: 'warning',
      nodeToNodeMeshEnabled: true,
      asNumber: '0.64512',
      serviceClusterIPs: [{ cidr: '10.96.0.0/12' }, {}],
      communities: [{ name: 'mine', value: '64512:7' }],
      prefixAdvertisements: [advert],
      listenPort: 1790,
      nodeMeshPassword: { secretKeyRef: { name: 's', key: 'k' } },
      nodeMeshMaxRestartTime: '2m',
      ignoredInterfaces: ['docker*'],
      localWorkloadPeeringIPV4: '169.254.0.1',
      programClusterRoutes: 'Disabled',
      ipv4NormalRoutePriority: 1024,
    };
    expect(problems('BGPConfiguration', spec)).toEqual([]);
  });

  test.each<[Spec, string[]]>([
    [
      { nodeToNodeMeshEnabled: false, nodeMeshMaxRestartTime: '1s' },
      ['nodeMeshMaxRestartTime: nodeMeshMaxRestartTime has no effect without the mesh'],
    ],
    [{ communities: [{ name: 'mine', value: '1:1' }] }, ['communities: communities need prefixAdvertisements']],
    [
      { prefixAdvertisements: [advert] },
      ['prefixAdvertisements[0].communities[0]: "mine" is not a community or the name of one'],
    ],
    [{ listenPort: 0 }, ['listenPort: 0 is not a whole number from 1 to 65535']],
    [
      { ignoredInterfaces: ['*', 'a', 'a'] },
      ['ignoredInterfaces[0]: "*" would exclude every interface', 'ignoredInterfaces: a pattern is listed twice'],
    ],
    [{ nodeToNodeMeshEnabled: 'off' }, ['nodeToNodeMeshEnabled: "off" is not true or false']],
  ])('%j is not', (spec, expected) => {
    expect(problems('BGPConfiguration', spec)).toEqual(
      expected.map((problem) => `BGPConfiguration/default spec.${problem}`),
    );
  });

  test('of one node says nothing of the whole cluster', () => {
    expect(problems('BGPConfiguration', { listenPort: 500 }, 'node.a')).toEqual([]);
    expect(problems('BGPConfiguration', { asNumber: 1 }, 'node.a')).toEqual([
      'BGPConfiguration/node.a spec.asNumber: asNumber may only be set in the default configuration',
    ]);
  });
});

test.each<[CalicoKind, Spec, string[]]>([
  ['Node', {}, []],
  ['Node', { bgp: null, addresses: [{ address: '192.0.2.1' }] }, []],
  ['Node', { bgp: { ipv4Address: '192.0.2.1', routeReflectorClusterID: '1.0.0.1' } }, []],
  ['Node', { bgp: {} }, ['bgp: bgp is empty']],
  ['Node', { bgp: { ipv6Address: '192.0.2.1/24' } }, ['bgp.ipv6Address: "192.0.2.1/24" is not an IPv6 network']],
  ['Node', { bgp: { routeReflectorClusterID: '1' } }, ['bgp.routeReflectorClusterID: "1" is not an IPv4 address']],
  ['IPPool', { cidr: '10.0.0.0/16', ipipMode: 'Always', blockSize: 28 }, []],
  ['IPPool', {}, ['cidr: cidr is missing']],
  ['IPPool', { cidr: '10.0.0.0/27' }, ['cidr: the pool is smaller than a block']],
  ['IPPool', { cidr: '10.0.0.0/27', disabled: true }, []],
  ['IPPool', { cidr: '10.0.0.0/16', blockSize: 19 }, ['blockSize: this is not a valid block size']],
  ['IPPool', { cidr: '2001:db8::/64', ipipMode: 'Always' }, ['ipipMode: IPIP does not support IPv6']],
  [
    'IPPool',
    { cidr: '10.0.0.0/16', ipipMode: 'Always', vxlanMode: 'Always' },
    ['ipipMode: IPIP cannot be combined with VXLAN'],
  ],
  ['IPPool', { cidr: '169.254.0.0/20' }, ['cidr: the pool overlaps link-local addresses']],
  [
    'IPPool',
    { cidr: '10.0.0.0/16', allowedUses: ['LoadBalancer', 'Tunnel'] },
    ['allowedUses: a LoadBalancer pool must have no other use, no tunnel and all nodes'],
  ],
])('%s with %j: %j', (kind, spec, expected) => {
  expect(problems(kind, spec, 'x')).toEqual(expected.map((problem) => `${kind}/x spec.${problem}`));
});
