import fc from 'fast-check';
import { clusterOf } from '../../lib/calico/cluster';
import { type CalicoResource, resource, type Spec } from '../../lib/calico/resource';
import { calicoSessionsOf } from '../../lib/calico/sessions';

const node = (name: string, last: number, bgp: Spec = {}, labels: Record<string, string> = {}) =>
  resource('Node', name, { bgp: { ipv4Address: `10.0.0.${last}/24`, ...bgp } }, labels);
const peer = (name: string, spec: Spec) => resource('BGPPeer', name, spec);
const config = (spec: Spec, name = 'default') => resource('BGPConfiguration', name, spec);
const noMesh = config({ nodeToNodeMeshEnabled: false });

const sessions = (resources: readonly CalicoResource[], name = 'a'): ReturnType<typeof calicoSessionsOf> => {
  const cluster = clusterOf(resources);
  return calicoSessionsOf(cluster, cluster.nodes.get(name)!);
};
const brief = (resources: readonly CalicoResource[], name?: string) =>
  sessions(resources, name).map(
    ({ kind, peerAddress, peerPort, peerAs, localAs, passive }) =>
      `${kind} ${localAs} ${peerAddress}:${peerPort} ${peerAs}${passive ? ' passive' : ''}`,
  );

describe('the mesh', () => {
  test('joins every node with every other in each family both have; the one of the greater address text dials', () => {
    const nodes = [
      node('a', 9, { ipv6Address: '2001:db8::9/64' }),
      node('b', 10, { asNumber: 65001, ipv6Address: '2001:db8::a/64' }),
      node('c', 1),
    ];
    expect(brief(nodes)).toEqual([
      'mesh 64512 10.0.0.1:179 64512',
      'mesh 64512 10.0.0.10:179 65001', // 10.0.0.10 is less than 10.0.0.9 as text
      'mesh 64512 2001:db8::a:179 65001 passive',
    ]);
  });

  test('leaves route reflectors out at both ends, and is off where it is switched off', () => {
    const nodes = [node('a', 1), node('b', 2), node('rr', 3, { routeReflectorClusterID: '1.0.0.1' })];
    expect(brief(nodes)).toEqual(['mesh 64512 10.0.0.2:179 64512 passive']);
    expect(brief(nodes, 'rr')).toEqual([]);
    expect(brief([...nodes, noMesh])).toEqual([]);
  });

  test('has the settings of the default configuration, and the ports of the nodes', () => {
    const settings = config({
      asNumber: '1.0',
      listenPort: 1790,
      nodeMeshPassword: { secretKeyRef: { name: 's', key: 'k' } },
      nodeMeshMaxRestartTime: '90500ms',
    });
    const all = [node('a', 1), node('b', 2), node('c', 3), settings, config({ listenPort: 500 }, 'node.c')];
    expect(brief(all)).toEqual(['mesh 65536 10.0.0.2:1790 65536 passive', 'mesh 65536 10.0.0.3:500 65536 passive']);
    expect(sessions(all)[0]).toMatchObject({ password: true, gracefulRestartSeconds: 91, filters: [], multihop: true });
  });

  test('is seen alike from both ends, whatever the nodes', () => {
    const cluster = fc.uniqueArray(
      fc.record({ last: fc.integer({ min: 1, max: 254 }), as: fc.constantFrom(0, 65001, 65002), rr: fc.boolean() }),
      {
        selector: ({ last }) => last,
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(cluster, (nodes) => {
        const all = nodes.map(({ last, as, rr }) =>
          node(`n${last}`, last, { asNumber: as, ...(rr && { routeReflectorClusterID: '1.0.0.1' }) }),
        );
        const ends = nodes.flatMap(({ last }) =>
          sessions(all, `n${last}`).map((session) => ({
            here: `10.0.0.${last}`,
            there: String(session.peerAddress),
            session,
          })),
        );
        const members = nodes.filter(({ rr }) => !rr).length;
        expect(ends.length).toBe(members * Math.max(0, members - 1));
        for (const { here, there, session } of ends) {
          const other = ends.find((end) => end.here === there && end.there === here)!.session;
          expect([other.localAs, other.peerAs, other.passive]).toEqual([
            session.peerAs,
            session.localAs,
            !session.passive,
          ]);
        }
      }),
    );
  });
});

describe('a peer by address', () => {
  const nodes = [node('a', 1), node('b', 2), noMesh];

  test('of all nodes, of one, or of those chosen', () => {
    const tor = { peerIP: '192.0.2.1', asNumber: 65000 };
    expect(brief([...nodes, peer('p', tor)])).toEqual(['global 64512 192.0.2.1:179 65000']);
    expect(brief([...nodes, peer('p', { ...tor, node: 'b' })])).toEqual([]);
    expect(brief([...nodes, peer('p', { ...tor, node: 'b' })], 'b')).toEqual(['node 64512 192.0.2.1:179 65000']);
    expect(brief([...nodes, node('c', 3, {}, { x: '' }), peer('p', { ...tor, nodeSelector: 'has(x)' })], 'c')).toEqual([
      'node 64512 192.0.2.1:179 65000',
    ]);
  });

  test('of one node gives way to one of all nodes; other ports are other sessions', () => {
    const all = [
      peer('a-node', { node: 'a', peerIP: '192.0.2.1', asNumber: 1 }),
      peer('b-node', { node: 'a', peerIP: '192.0.2.1:180', asNumber: 2 }),
      peer('global', { peerIP: '192.0.2.1', asNumber: 3 }),
    ];
    expect(brief([...nodes, ...all])).toEqual(['global 64512 192.0.2.1:179 3', 'node 64512 192.0.2.1:180 2']);
  });

  test('that is a node has that node’s port, the other side is made, and none peers with itself', () => {
    const all = [...nodes, config({ listenPort: 500 }, 'node.b'), peer('p', { peerIP: '10.0.0.2', asNumber: 64512 })];
    expect(brief(all)).toEqual(['global 64512 10.0.0.2:500 64512 passive']);
    expect(brief(all, 'b')).toEqual(['node 64512 10.0.0.1:179 64512']);
  });

  test('that has another AS number than the node is not made from the other side', () => {
    expect(brief([...nodes, peer('p', { node: 'a', peerIP: '10.0.0.2', asNumber: 65009 })], 'b')).toEqual([]);
    expect(brief([...nodes, peer('p', { node: 'a', peerIP: '10.0.0.2' })], 'b')).toHaveLength(1);
    expect(brief([...nodes, peer('p', { node: 'a', peerIP: '10.0.0.2', reversePeering: 'Manual' })], 'b')).toEqual([]);
  });

  test('of a family that the node has no address of has no session', () => {
    expect(brief([...nodes, peer('p', { peerIP: '2001:db8::1', asNumber: 1 })])).toEqual([]);
  });

  test('takes the place of the mesh session to the same node', () => {
    const all = [node('a', 1), node('b', 2), peer('p', { node: 'a', peerIP: '10.0.0.2', asNumber: 64512 })];
    expect([brief(all), brief(all, 'b')]).toEqual([
      ['node 64512 10.0.0.2:179 64512'],
      ['node 64512 10.0.0.1:179 64512'],
    ]);
  });

  test('has all that its resource says', () => {
    const filter = (name: string, spec: Spec) => resource('BGPFilter', name, spec);
    const [session] = sessions([
      ...nodes,
      filter('in', { importV4: [{ action: 'Accept' }] }),
      filter('six', { exportV6: [{ action: 'Accept' }] }),
      filter('out', { exportV4: [{ action: 'Accept' }] }),
      peer('p', {
        peerIP: '192.0.2.1:1790',
        asNumber: 65000,
        localASNumber: 65100,
        filters: ['out', 'six', 'in'],
        password: { secretKeyRef: { name: 's', key: 'k' } },
        ttlSecurity: 2,
        maxRestartTime: '10s',
        numAllowedLocalASNumbers: 3,
        sourceAddress: 'None',
        nextHopMode: 'Self',
      }),
    ]);
    expect(JSON.parse(JSON.stringify(session))).toEqual({
      kind: 'global',
      peerAddress: '192.0.2.1',
      peerPort: 1790,
      peerAs: 65000,
      localAs: 65100,
      passive: false,
      routeReflectorClient: false,
      clusterId: null,
      nextHop: 'self',
      password: true,
      ttlSecurity: 2,
      multihop: true,
      sourceAddress: null,
      gracefulRestartSeconds: 10,
      filters: ['out', 'in'],
      allowLocalAs: 3,
    });
  });

  test('keeps the next hop the old way towards other AS numbers only', () => {
    const keep = (asNumber: number) =>
      sessions([...nodes, peer('p', { peerIP: '192.0.2.1', asNumber, keepOriginalNextHop: true })])[0].nextHop;
    expect([keep(65000), keep(64512)]).toEqual(['keep', null]);
  });
});

describe('route reflectors', () => {
  const reflectors = [
    node('rr1', 1, { routeReflectorClusterID: '1.0.0.1' }, { rr: 'yes' }),
    node('rr2', 2, { routeReflectorClusterID: '1.0.0.1' }, { rr: 'yes' }),
    node('rr3', 3, { routeReflectorClusterID: '1.0.0.2' }, { rr: 'yes' }),
    node('leaf', 4),
    noMesh,
    peer('to-reflectors', { nodeSelector: 'all()', peerSelector: 'has(rr)' }),
  ];

  test('have clients: who is in no cluster or in another', () => {
    expect(
      sessions(reflectors, 'rr1').map((it) => [String(it.peerAddress), it.routeReflectorClient, it.clusterId]),
    ).toEqual([
      ['10.0.0.2', false, null],
      ['10.0.0.3', true, '1.0.0.1'],
      ['10.0.0.4', true, '1.0.0.1'],
    ]);
    expect(sessions(reflectors, 'leaf').map((it) => [String(it.peerAddress), it.routeReflectorClient])).toEqual([
      ['10.0.0.1', false],
      ['10.0.0.2', false],
      ['10.0.0.3', false],
    ]);
  });

  test('have no clients of another AS number', () => {
    const all = [...reflectors, peer('tor', { node: 'rr1', peerIP: '192.0.2.1', asNumber: 65000 })];
    expect(sessions(all, 'rr1').at(-1)).toMatchObject({ kind: 'node', peerAs: 65000, routeReflectorClient: false });
  });
});
