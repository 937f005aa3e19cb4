import { type Kind, resource, type Spec } from '../../lib/calico/resource';
import { validate } from '../../lib/calico/validate';

const problems = (kind: Kind, spec: Spec, name = 'default') =>
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
    [{ peerIP: '192.0.2.1:65536' }, 'peerIP: "192.0.2.1:65536" is no address with or without a port'],
    [{ peerIP: '2001:db8::1/64' }, 'peerIP: "2001:db8::1/64" is no address with or without a port'],
    [{ node: 'a', nodeSelector: 'all()' }, 'node: node stands beside nodeSelector'],
    [{ peerIP: '192.0.2.1', peerSelector: 'all()' }, 'peerIP: peerIP stands beside peerSelector'],
    [{ peerSelector: 'all()', asNumber: 1 }, 'asNumber: asNumber stands beside peerSelector'],
    [{ localWorkloadSelector: 'all()' }, 'asNumber: localWorkloadSelector needs an asNumber'],
    [{ reachableBy: '192.0.2.9' }, 'reachableBy: reachableBy stands without peerIP'],
    [{ peerIP: '192.0.2.1', reachableBy: '2001:db8::1' }, 'reachableBy: reachableBy and peerIP are of two families'],
    [{ nodeSelector: 'rack = 1' }, 'nodeSelector: "rack = 1": behind the label rack there is no operator at 5'],
    [{ asNumber: 1.5 }, 'asNumber: 1.5 is no AS number'],
    [{ filters: ['known', 'absent'] }, 'filters[1]: there is no BGPFilter absent'],
    [{ ttlSecurity: 256 }, 'ttlSecurity: 256 is no whole number from 0 to 255'],
    [{ maxRestartTime: '90' }, 'maxRestartTime: "90" is no duration such as 90s or 1m30s'],
    [{ password: { secretKeyRef: { name: 's' } } }, 'password.secretKeyRef.key: key is missing'],
    [{ peerIp: '192.0.2.1' }, 'peerIp: there is no field peerIp'],
    [{ node: 'Node_1' }, 'node: "Node_1" is no name of lower-case letters, digits, dashes and dots'],
    [{ nextHopMode: 'self' }, 'nextHopMode: "self" is no Auto, Self or Keep'],
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
    [{ action: 'Drop' }, '.action: "Drop" is no Accept or Reject'],
    [{ action: '' }, '.action: action is missing'],
    [
      { cidr: '10.0.0.1/8', matchOperator: 'In' },
      '.cidr: "10.0.0.1/8" is no IPv4 network (without bits beyond its length)',
    ],
    [{ cidr: '10.0.0.0/8' }, '.matchOperator: cidr and matchOperator stand together or not at all'],
    [{ prefixLength: { max: 8 } }, '.prefixLength: prefixLength stands without cidr'],
    [{ communities: { values: ['1:1', '1:2'] } }, '.communities.values: 2 are not from 1 to 1'],
    [
      { communities: { values: ['65536:1'] } },
      '.communities.values[0]: "65536:1" is no community such as 64512:100 or 64512:1:2',
    ],
    [
      { action: 'Reject', operations: [{ setPriority: { value: 1 } }] },
      '.operations: operations stand in a rule that does not accept',
    ],
    [{ operations: [{}] }, '.operations[0]: an operation is one of addCommunity, prependASPath, setPriority'],
    [{ priority: 2147483647 }, '.priority: 2147483647 is no whole number from 1 to 2147483646'],
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
      ['nodeMeshMaxRestartTime: nodeMeshMaxRestartTime stands where there is no mesh'],
    ],
    [
      { communities: [{ name: 'mine', value: '1:1' }] },
      ['communities: communities stand without prefixAdvertisements'],
    ],
    [
      { prefixAdvertisements: [advert] },
      ['prefixAdvertisements[0].communities[0]: "mine" is no community and no name of one'],
    ],
    [{ listenPort: 0 }, ['listenPort: 0 is no whole number from 1 to 65535']],
    [
      { ignoredInterfaces: ['*', 'a', 'a'] },
      ['ignoredInterfaces[0]: "*" would leave no interface', 'ignoredInterfaces: a pattern stands there twice'],
    ],
    [{ nodeToNodeMeshEnabled: 'off' }, ['nodeToNodeMeshEnabled: "off" is neither true nor false']],
  ])('%j is not', (spec, expected) => {
    expect(problems('BGPConfiguration', spec)).toEqual(
      expected.map((problem) => `BGPConfiguration/default spec.${problem}`),
    );
  });

  test('of one node says nothing of the whole cluster', () => {
    expect(problems('BGPConfiguration', { listenPort: 500 }, 'node.a')).toEqual([]);
    expect(problems('BGPConfiguration', { asNumber: 1 }, 'node.a')).toEqual([
      'BGPConfiguration/node.a spec.asNumber: asNumber stands in a configuration other than default',
    ]);
  });
});

test.each<[Kind, Spec, string[]]>([
  ['Node', {}, []],
  ['Node', { bgp: null, addresses: [{ address: '192.0.2.1' }] }, []],
  ['Node', { bgp: { ipv4Address: '192.0.2.1', routeReflectorClusterID: '1.0.0.1' } }, []],
  ['Node', { bgp: {} }, ['bgp: bgp says nothing']],
  ['Node', { bgp: { ipv6Address: '192.0.2.1/24' } }, ['bgp.ipv6Address: "192.0.2.1/24" is no IPv6 network']],
  ['Node', { bgp: { routeReflectorClusterID: '1' } }, ['bgp.routeReflectorClusterID: "1" is no IPv4 address']],
  ['IPPool', { cidr: '10.0.0.0/16', ipipMode: 'Always', blockSize: 28 }, []],
  ['IPPool', {}, ['cidr: cidr is missing']],
  ['IPPool', { cidr: '10.0.0.0/27' }, ['cidr: the pool is smaller than a block']],
  ['IPPool', { cidr: '10.0.0.0/27', disabled: true }, []],
  ['IPPool', { cidr: '10.0.0.0/16', blockSize: 19 }, ['blockSize: no block has this size']],
  ['IPPool', { cidr: '2001:db8::/64', ipipMode: 'Always' }, ['ipipMode: IPIP carries no IPv6']],
  ['IPPool', { cidr: '10.0.0.0/16', ipipMode: 'Always', vxlanMode: 'Always' }, ['ipipMode: IPIP stands beside VXLAN']],
  ['IPPool', { cidr: '169.254.0.0/20' }, ['cidr: the pool overlaps link-local addresses']],
  [
    'IPPool',
    { cidr: '10.0.0.0/16', allowedUses: ['LoadBalancer', 'Tunnel'] },
    ['allowedUses: a pool for LoadBalancer serves nothing else, in no tunnel, on all nodes'],
  ],
])('%s with %j: %j', (kind, spec, expected) => {
  expect(problems(kind, spec, 'x')).toEqual(expected.map((problem) => `${kind}/x spec.${problem}`));
});
