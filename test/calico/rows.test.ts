import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../lib/calico/documents';
import { importFabric } from '../../lib/calico/import';
import { KUBERNETES_NODE } from '../../lib/calico/kubernetes-node';
import { readManifests } from '../../lib/calico/manifests';
import { type CalicoKind, resource, type Spec } from '../../lib/calico/resource';
import { type Fate, leavesOf, type Rows } from '../../lib/calico/row';
import { ROWS } from '../../lib/calico/rows';
import { V1 } from '../../lib/calico/v1/rows';
import { fieldTables } from './field-tables';

/** A document with the field, and one that differs in it alone; without one: the document without the field. */
type Sample = readonly [document: Spec, other?: Spec];

const peer: Spec = { peerIP: '192.0.2.1', asNumber: 65000 };
const tor = (more: Spec, other: Spec = {}): Sample => [
  { ...peer, ...more },
  { ...peer, ...other },
];
const secret = (more: Spec) => ({ secretKeyRef: { name: 's', key: 'k', ...more } });
const rule = (list: string, more: Spec, other: Spec = {}): Sample => [
  { [list]: [{ action: 'Accept', ...more }] },
  { [list]: [{ action: 'Accept', ...other }] },
];

const community = (name: string, value: string): Spec => ({
  communities: [{ name, value }],
  prefixAdvertisements: [{ cidr: '10.65.0.0/16', communities: ['64512:1'] }],
});
const advert = (cidr: string, value: string): Spec => ({ prefixAdvertisements: [{ cidr, communities: [value] }] });

function ruleSamples(list: string): Record<string, Sample> {
  const [cidr, other] = list.endsWith('V4') ? ['10.0.0.0/8', '11.0.0.0/8'] : ['fd00::/16', 'fd01::/16'];
  const within = { cidr, matchOperator: 'In' };
  const samples: Record<string, Sample> = {
    cidr: rule(list, within, { ...within, cidr: other }),
    matchOperator: rule(list, within, { ...within, matchOperator: 'Equal' }),
    'prefixLength.min': rule(list, { ...within, prefixLength: { min: 24 } }, within),
    'prefixLength.max': rule(list, { ...within, prefixLength: { max: 24 } }, within),
    source: rule(list, { source: 'RemotePeers' }),
    interface: rule(list, { interface: 'eth0' }),
    peerType: rule(list, { peerType: 'eBGP' }),
    'communities.values': rule(list, { communities: { values: ['1:1'] } }),
    asPathPrefix: rule(list, { asPathPrefix: [1] }),
    priority: rule(list, { priority: 512 }),
    action: rule(list, { action: 'Reject' }),
    'operations[].addCommunity.value': rule(list, { operations: [{ addCommunity: { value: '1:1' } }] }),
    'operations[].prependASPath.prefix': rule(list, { operations: [{ prependASPath: { prefix: [1] } }] }),
    'operations[].setPriority.value': rule(list, { operations: [{ setPriority: { value: 1 } }] }),
  };
  return Object.fromEntries(Object.entries(samples).map(([path, sample]) => [`${list}[].${path}`, sample]));
}

const node = (bgp: Spec, other: Spec = {}): Sample => [
  { bgp: { ipv4Address: '10.0.0.9/24', ...bgp } },
  { bgp: { ipv4Address: '10.0.0.9/24', ...other } },
];
const block = (more: Spec, other: Spec = {}): Sample => [
  { state: 'confirmed', node: 'a', cidr: '10.65.0.0/26', ...more },
  { state: 'confirmed', node: 'a', cidr: '10.65.0.0/26', ...other },
];
const pool = (more: Spec, other: Spec = {}): Sample => [
  { cidr: '10.80.0.0/16', ...more },
  { cidr: '10.80.0.0/16', ...other },
];

const SAMPLES: Record<CalicoKind, Record<string, Sample>> = {
  BGPConfiguration: {
    logSeverityScreen: [{ logSeverityScreen: 'Debug' }],
    nodeToNodeMeshEnabled: [{ nodeToNodeMeshEnabled: false }],
    asNumber: [{ asNumber: 5 }],
    'serviceLoadBalancerIPs[].cidr': [{ serviceLoadBalancerIPs: [{ cidr: '198.51.100.0/24' }] }],
    'serviceExternalIPs[].cidr': [{ serviceExternalIPs: [{ cidr: '198.51.100.0/24' }] }],
    'serviceClusterIPs[].cidr': [{ serviceClusterIPs: [{ cidr: '10.96.0.0/12' }] }],
    serviceLoadBalancerAggregation: [{ serviceLoadBalancerAggregation: 'Disabled' }],
    'communities[].name': [community('blue', '64512:1'), community('red', '64512:1')],
    'communities[].value': [community('blue', '64512:1'), community('blue', '64512:2')],
    'prefixAdvertisements[].cidr': [advert('10.65.0.0/16', '64512:1'), advert('10.66.0.0/16', '64512:1')],
    'prefixAdvertisements[].communities': [advert('10.65.0.0/16', '64512:1'), advert('10.65.0.0/16', '64512:2')],
    listenPort: [{ listenPort: 1790 }],
    'nodeMeshPassword.secretKeyRef.name': [
      { nodeMeshPassword: secret({}) },
      { nodeMeshPassword: secret({ name: 't' }) },
    ],
    'nodeMeshPassword.secretKeyRef.key': [{ nodeMeshPassword: secret({}) }, { nodeMeshPassword: secret({ key: 'l' }) }],
    'nodeMeshPassword.secretKeyRef.optional': [{ nodeMeshPassword: secret({ optional: true }) }],
    nodeMeshMaxRestartTime: [{ nodeMeshMaxRestartTime: '90s' }],
    bindMode: [{ bindMode: 'NodeIP' }],
    ignoredInterfaces: [{ ignoredInterfaces: ['docker*'] }],
    localWorkloadPeeringIPV4: [{ localWorkloadPeeringIPV4: '192.0.2.9' }],
    localWorkloadPeeringIPV6: [{ localWorkloadPeeringIPV6: '2001:db8::9' }],
    programClusterRoutes: [{ programClusterRoutes: 'Disabled' }],
    ipv4NormalRoutePriority: [{ ipv4NormalRoutePriority: 512 }],
    ipv6NormalRoutePriority: [{ ipv6NormalRoutePriority: 512 }],
    extensions: [{ extensions: { a: 'b' } }],
  },
  BGPPeer: {
    node: tor({ node: 'a' }),
    nodeSelector: tor({ nodeSelector: 'all()' }),
    peerIP: tor({ peerIP: '192.0.2.2:1790' }),
    asNumber: tor({ asNumber: 65001 }),
    localASNumber: tor({ localASNumber: 65002 }),
    peerSelector: [{ peerSelector: 'all()' }, { peerSelector: "name == 'a'" }],
    keepOriginalNextHop: tor({ keepOriginalNextHop: true }),
    nextHopMode: tor({ nextHopMode: 'Self' }),
    'password.secretKeyRef.name': tor({ password: secret({}) }, { password: secret({ name: 't' }) }),
    'password.secretKeyRef.key': tor({ password: secret({}) }, { password: secret({ key: 'l' }) }),
    'password.secretKeyRef.optional': tor({ password: secret({ optional: true }) }),
    sourceAddress: tor({ sourceAddress: 'None' }),
    maxRestartTime: tor({ maxRestartTime: '90s' }),
    keepaliveTime: tor({ keepaliveTime: '20s' }),
    numAllowedLocalASNumbers: tor({ numAllowedLocalASNumbers: 1 }),
    ttlSecurity: tor({ ttlSecurity: 1 }),
    reachableBy: tor({ reachableBy: '10.0.0.254' }),
    filters: tor({ filters: ['known'] }),
    localWorkloadSelector: [{ localWorkloadSelector: 'all()', asNumber: 65000 }],
    reversePeering: tor({ reversePeering: 'Manual' }),
    failureDetectionMode: tor({ failureDetectionMode: 'BFDIfDirectlyConnected' }),
    restartMode: tor({ restartMode: 'LongLivedGracefulRestart' }),
    birdGatewayMode: tor({ birdGatewayMode: 'DirectIfDirectlyConnected' }),
    externalNetwork: tor({ externalNetwork: 'red' }),
    extensions: tor({ extensions: { a: 'b' } }),
  },
  BGPFilter: Object.assign({}, ...['exportV4', 'importV4', 'exportV6', 'importV6'].map(ruleSamples)),
  Node: {
    'bgp.asNumber': node({ asNumber: 65009 }),
    'bgp.ipv4Address': node({ ipv4Address: '10.0.0.8/24' }),
    'bgp.ipv6Address': node({ ipv6Address: 'fd00::9/64' }),
    'bgp.ipv4IPIPTunnelAddr': node({ ipv4IPIPTunnelAddr: '10.65.0.1' }),
    'bgp.routeReflectorClusterID': node({ routeReflectorClusterID: '1.0.0.1' }),
    ipv4VXLANTunnelAddr: [{ ...node({})[0], ipv4VXLANTunnelAddr: '10.65.0.1' }],
    ipv6VXLANTunnelAddr: [{ ...node({})[0], ipv6VXLANTunnelAddr: 'fd65::1' }],
    vxlanTunnelMACAddr: [{ ...node({})[0], vxlanTunnelMACAddr: '66:00:00:00:00:01' }],
    vxlanTunnelMACAddrV6: [{ ...node({})[0], vxlanTunnelMACAddrV6: '66:00:00:00:00:01' }],
    'wireguard.interfaceIPv4Address': [{ ...node({})[0], wireguard: { interfaceIPv4Address: '10.65.0.1' } }],
    'wireguard.interfaceIPv6Address': [{ ...node({})[0], wireguard: { interfaceIPv6Address: 'fd65::1' } }],
    'orchRefs[].nodeName': [{ ...node({})[0], orchRefs: [{ nodeName: 'a', orchestrator: 'k8s' }] }],
    'orchRefs[].orchestrator': [{ ...node({})[0], orchRefs: [{ nodeName: 'a', orchestrator: 'k8s' }] }],
    addresses: [{ ...node({})[0], addresses: [{ address: '10.0.0.9', type: 'InternalIP' }] }],
    interfaces: [{ ...node({})[0], interfaces: [{ name: 'eth0', addresses: ['10.0.0.9'] }] }],
  },
  IPPool: {
    cidr: pool({ cidr: '10.81.0.0/16' }),
    ipipMode: pool({ ipipMode: 'CrossSubnet' }),
    vxlanMode: pool({ vxlanMode: 'Always' }),
    natOutgoing: pool({ natOutgoing: true }),
    disabled: pool({ disabled: true }),
    disableBGPExport: pool({ disableBGPExport: true }),
    blockSize: pool({ blockSize: 28 }),
    nodeSelector: pool({ nodeSelector: 'all()' }),
    namespaceSelector: pool({ namespaceSelector: 'all()' }),
    allowedUses: pool({ allowedUses: ['Workload'] }),
    assignmentMode: pool({ assignmentMode: 'Manual' }),
    ipip: pool({ ipip: { enabled: true } }),
    'nat-outgoing': pool({ 'nat-outgoing': true }),
  },
  BlockAffinity: {
    state: block({}, { state: 'pending' }),
    node: block({}, { node: 'b' }),
    type: block({ type: 'virtual' }),
    cidr: block({}, { cidr: '10.65.0.64/26' }),
    deleted: block({ deleted: 'true' }),
  },
};

/** Two nodes, a pool, a peer and a filter, and the resource of a sample beside them or in their stead. */
function made(kind: CalicoKind, spec: Spec) {
  const around = [
    resource('Node', 'a', { bgp: { ipv4Address: '10.0.0.1/24' } }, { name: 'a' }),
    resource('Node', 'b', { bgp: { ipv4Address: '10.0.0.2/24' } }),
    resource('IPPool', 'all', { cidr: '10.64.0.0/12' }),
    resource('BGPFilter', 'known', {}),
    resource('BGPPeer', 'peer', { peerIP: '192.0.2.7', asNumber: 65000 }),
  ];
  const text = JSON.stringify([...around, resource(kind, kind === 'BGPConfiguration' ? 'default' : 'sample', spec)]);
  return outcome(text);
}

function outcome(text: string) {
  const { resources, problems, left, passedOver } = readManifests({ name: '', text });
  const fabric = importFabric(resources, 'site');
  return {
    fabric: JSON.stringify(fabric.spec),
    resources: JSON.stringify(resources),
    problems: [...problems, ...(problems.length > 0 ? [] : fabric.problems)].map(
      ({ path, message }) => `${path}: ${message}`,
    ),
    left: [...left, ...fabric.left].map(({ path, reason }) => `${path}: ${reason}`),
    passedOver,
  };
}

/** The values at a path such as `communities[].name`. */
function at(value: unknown, path: string): unknown {
  if (path === '') return value;
  const [, name, rest] = /^((?:projectcalico\.org\/)?[^.[]+(?:\[\])?)\.?(.*)$/.exec(path)!;
  const member = isRecord(value) ? value[name.replace('[]', '')] : undefined;
  return at(name.endsWith('[]') && Array.isArray(member) ? member[0] : member, rest);
}

const cases = Object.entries(ROWS).flatMap(([kind, rows]) =>
  leavesOf(rows).map(({ path, row }) => [kind as CalicoKind, path, row.fate] as const),
);

describe('every field of Calico v3', () => {
  test.each(Object.keys(ROWS) as CalicoKind[])('of %s has a sample', (kind) => {
    expect(Object.keys(SAMPLES[kind]).sort()).toEqual(
      leavesOf(ROWS[kind])
        .map(({ path }) => path)
        .sort(),
    );
  });

  test.each(cases)('%s %s: %j', (kind, path, fate: Fate) => {
    const [spec, other = without(kind, spec, path)] = SAMPLES[kind][path];
    expect(at(spec, path)).not.toEqual(at(other, path));
    const [got, beside] = [made(kind, spec), made(kind, other)];
    const whole = `spec.${path}`;
    if ('refused' in fate) return expect(got.problems).toEqual([`${kind}/sample ${whole}: ${fate.refused}`]);
    expect(got.problems).toEqual([]);
    if ('taken' in fate) expect(got.fabric).not.toBe(beside.fabric);
    const places = whole.replaceAll('[]', '[0]');
    const told = got.left.filter((line) => line.split(': ')[0].split(' ')[1] === places);
    if ('told' in fate) {
      const isWhole = kind === 'BGPFilter' || path === 'localWorkloadSelector';
      expect(isWhole ? got.left.join('\n') : told.join('\n')).toContain(fate.told);
    } else expect(told).toEqual([]);
    expect(got.passedOver.includes(`${kind} ${whole}`)).toBe('unrelated' in fate);
  });
});

/** What a sample is beside if it does not say: the base of its kind. */
function without(kind: CalicoKind, spec: Spec, path: string): Spec {
  if (kind === 'BGPConfiguration') return {};
  const [first] = path.split(/[.[]/);
  const { [first]: _, ...rest } = spec;
  return rest;
}

const V1_SAMPLES: Record<keyof typeof V1, Record<string, Sample>> = {
  bgpPeer: {
    'metadata.scope': v1Peer({ scope: 'node', node: 'a' }, { scope: 'global', node: undefined }),
    'metadata.node': v1Peer({ scope: 'node', node: 'a' }, { scope: 'node', node: 'b' }),
    'metadata.peerIP': v1Peer({ peerIP: '192.0.2.2' }),
    'metadata.name': v1Peer({ name: 'x' }),
    'metadata.labels': v1Peer({ labels: { a: 'b' } }),
    'spec.asNumber': [
      { metadata: { scope: 'global', peerIP: '192.0.2.1' }, spec: { asNumber: 1 } },
      { metadata: { scope: 'global', peerIP: '192.0.2.1' }, spec: { asNumber: 2 } },
    ],
  },
  node: {
    'metadata.name': v1Node({ name: 'x' }, {}),
    'metadata.labels': v1Node({ labels: { a: 'b' } }, {}),
    'spec.bgp.asNumber': v1Node({}, { asNumber: 5 }),
    'spec.bgp.ipv4Address': v1Node({}, { ipv4Address: '10.0.0.8/24' }),
    'spec.bgp.ipv6Address': v1Node({}, { ipv6Address: 'fd00::8/64' }),
    'spec.orchRefs[].nodeName': v1Node({}, {}, [{ nodeName: 'x', orchestrator: 'k8s' }]),
    'spec.orchRefs[].orchestrator': v1Node({}, {}, [{ nodeName: 'x', orchestrator: 'k8s' }]),
  },
  ipPool: {
    'metadata.cidr': v1Pool({ cidr: '10.81.0.0/16' }, {}),
    'metadata.labels': v1Pool({ labels: { a: 'b' } }, {}),
    'spec.ipip.enabled': v1Pool({}, { ipip: { enabled: true } }),
    'spec.ipip.mode': v1Pool({}, { ipip: { enabled: true, mode: 'cross-subnet' } }, { ipip: { enabled: true } }),
    'spec.nat-outgoing': v1Pool({}, { 'nat-outgoing': true }),
    'spec.disabled': v1Pool({}, { disabled: true }),
  },
};

function v1Peer(metadata: Spec, other: Spec = {}): Sample {
  const of = (more: Spec) => ({
    metadata: { scope: 'global', peerIP: '192.0.2.1', ...more },
    spec: { asNumber: 65000 },
  });
  return [of(metadata), of(other)];
}
function v1Node(metadata: Spec, bgp: Spec, orchRefs?: object[]): Sample {
  const of = (name: Spec, more: Spec, refs?: object[]) => ({
    metadata: { name: 'n', ...name },
    spec: { bgp: { ipv4Address: '10.0.0.9/24', ...more }, ...(refs && { orchRefs: refs }) },
  });
  return [of(metadata, bgp, orchRefs), of({}, {})];
}
function v1Pool(metadata: Spec, spec: Spec, other: Spec = {}): Sample {
  return [
    { metadata: { cidr: '10.80.0.0/16', ...metadata }, spec },
    { metadata: { cidr: '10.80.0.0/16' }, spec: other },
  ];
}

describe('every field of Calico v1', () => {
  const read = (kind: string, document: Spec) => outcome(JSON.stringify({ apiVersion: 'v1', kind, ...document }));

  test.each(Object.keys(V1) as (keyof typeof V1)[])('of %s has a sample, and others are refused', (kind) => {
    const paths = leavesOf(V1[kind]).map(({ path }) => path);
    expect(Object.keys(V1_SAMPLES[kind]).sort()).toEqual(paths.sort());
    const [document] = Object.values(V1_SAMPLES[kind])[0] as readonly [{ metadata: Spec; spec: Spec }];
    for (const part of ['metadata', 'spec'] as const) {
      const { problems } = read(kind, { ...document, [part]: { ...document[part], asn: 3 } });
      expect(problems).toEqual([expect.stringMatching(new RegExp(`${part}\\.asn: there is no field asn$`))]);
    }
  });

  const v1Cases = Object.entries(V1).flatMap(([kind, rows]) =>
    leavesOf(rows as Rows).map(({ path, row }) => [kind as keyof typeof V1, path, row.fate] as const),
  );
  test.each(v1Cases)('%s %s: %j', (kind, path, fate: Fate) => {
    const [document, other] = V1_SAMPLES[kind][path];
    const [got, beside] = [read(kind, document), read(kind, other!)];
    expect([got.problems, beside.problems]).toEqual([[], []]);
    if ('unrelated' in fate) return expect(got.passedOver).toContain(`${kind} ${path}`);
    expect(got.resources).not.toBe(beside.resources);
    if ('as' in fate) expect(fateOf(fate.as)).toBeDefined();
  });
});

/** The fate of a field of v3, by its kind and path. */
const fateOf = (name: string): Fate | undefined => {
  const [kind, path] = name.split(' ');
  return leavesOf(ROWS[kind as CalicoKind]).find((leaf) => leaf.path === path)?.row.fate;
};

describe('every field of a Node of Kubernetes', () => {
  const annotated = (annotations: Spec) => ({
    metadata: { name: 'n', annotations: { 'projectcalico.org/IPv4Address': '10.0.0.9/24', ...annotations } },
  });
  const read = (document: Spec) => outcome(JSON.stringify({ apiVersion: 'v1', kind: 'Node', ...document }));
  const VALUES: Record<string, string> = {
    IPv4Address: '10.0.0.8/24',
    IPv6Address: 'fd00::8/64',
    ASNumber: '65009',
    RouteReflectorClusterID: '1.0.0.1',
  };

  test.each(leavesOf(KUBERNETES_NODE.metadata.rows!).map(({ path, row }) => [path, row.fate] as const))(
    'metadata.%s: %j',
    (path, fate: Fate) => {
      const name = path.replace('annotations.', '');
      const value = VALUES[name.replace('projectcalico.org/', '')] ?? 'x';
      const got =
        path === name
          ? read({ metadata: { ...annotated({}).metadata, [name]: name === 'labels' ? { a: 'b' } : 'm' } })
          : read(annotated({ [name]: value }));
      expect(got.problems).toEqual([]);
      if ('told' in fate) expect(got.left).toEqual([`Node/n metadata.annotations.${name}: ${fate.told}`]);
      else if ('unrelated' in fate) expect(got.passedOver).toEqual([`Node metadata.annotations.${name}`]);
      else expect(got.fabric).not.toBe(read(annotated({})).fabric);
    },
  );

  test('its own addresses serve where Calico has written none, and the import says so', () => {
    const addresses = [
      { type: 'Hostname', address: 'n' },
      { type: 'InternalIP', address: '10.0.0.9' },
      { type: 'InternalIP', address: 'fd00::9' },
      { type: 'InternalIP', address: '10.0.0.10' },
    ];
    const { fabric, left } = read({ metadata: { name: 'n' }, status: { addresses } });
    expect(JSON.parse(fabric).nodes).toEqual({ n: { ipv4Address: '10.0.0.9', ipv6Address: 'fd00::9' } });
    expect(left).toEqual([expect.stringMatching(/^Node\/n status\.addresses: .*InternalIP.*check/)]);
    expect(read({ ...annotated({}), status: { addresses } }).left).toEqual([]);
  });
});

describe('the tables in docs/calico.md', () => {
  const FILE = join(__dirname, '../../docs/calico.md');

  test('are what is tested here; UPDATE_CALICO=1 writes them anew', () => {
    const text = readFileSync(FILE, 'utf8');
    const wanted = text.slice(0, text.indexOf('## Every field')) + fieldTables();
    if (process.env.UPDATE_CALICO) writeFileSync(FILE, wanted);
    expect(readFileSync(FILE, 'utf8')).toBe(wanted);
  });
});
