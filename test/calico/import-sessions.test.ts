import fc from 'fast-check';
import { clusterOf } from '../../lib/calico/cluster';
import { importFabric } from '../../lib/calico/import';
import { type CalicoResource, resource, type Spec } from '../../lib/calico/resource';
import { calicoSessionsOf } from '../../lib/calico/sessions';
import { validate } from '../../lib/calico/validate';
import type { IpAddress } from '../../lib/model/address';
import { readFabric } from '../../lib/model/read';
import { sessionsOf } from '../../lib/topology/derive';

const NODES = ['a', 'b', 'c', 'd'];
const ADDRESSES = [...NODES.map((_, i) => `10.0.0.${i + 1}`), '192.0.2.1', '192.0.2.2:1790', '2001:db8::1'];
const SELECTORS = ['all()', 'has(reflector)', '!has(reflector)', "rack == 'one'", "rack == 'two'"];
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const node = (name: string, i: number) =>
  fc
    .record({
      ipv6Address: optional(fc.constant(`fd00::${i + 1}/64`)),
      asNumber: optional(fc.constantFrom(64512, 65001)),
      routeReflectorClusterID: optional(fc.constantFrom('1.0.0.1', '1.0.0.2')),
      rack: fc.constantFrom('one', 'two'),
    })
    .map(({ rack, ...bgp }) =>
      resource(
        'Node',
        name,
        { bgp: { ipv4Address: `10.0.0.${i + 1}/24`, ...bgp } },
        {
          rack,
          ...(bgp.routeReflectorClusterID && { reflector: '' }),
        },
      ),
    );

const peer = fc
  .record({
    local: fc.oneof(
      fc.constant({}),
      fc.record({ node: fc.constantFrom(...NODES) }),
      fc.record({ nodeSelector: fc.constantFrom(...SELECTORS) }),
    ),
    remote: fc.oneof(
      fc.record({ peerSelector: fc.constantFrom(...SELECTORS) }),
      fc.record({ peerIP: fc.constantFrom(...ADDRESSES), asNumber: fc.constantFrom(64512, 65001) }),
    ),
    more: fc.record(
      {
        localASNumber: fc.constantFrom(64512, 65009),
        reversePeering: fc.constantFrom('Auto', 'Manual'),
        nextHopMode: fc.constantFrom('Self', 'Keep'),
        password: fc.constant({ secretKeyRef: { name: 's', key: 'k' } }),
        filters: fc.constant(['f']),
        maxRestartTime: fc.constant('30s'),
        ttlSecurity: fc.constantFrom(1, 3),
        numAllowedLocalASNumbers: fc.constant(2),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ local, remote, more: { localASNumber, ...more } }) => ({
    ...local,
    ...remote,
    ...more,
    // Of a node, Calico's other end goes on expecting the number that the node has not: a session that never comes up.
    ...('peerIP' in remote && !remote.peerIP.startsWith('10.') && { localASNumber }),
  }));

const rank = (spec: Spec) => Number('node' in spec || 'nodeSelector' in spec);

const manifests = fc
  .record({
    mesh: fc.boolean(),
    nodes: fc.tuple(...NODES.map(node)),
    peers: fc.array(peer, { maxLength: 3 }),
  })
  .map(({ mesh, nodes, peers }): CalicoResource[] => [
    resource('BGPConfiguration', 'default', { nodeToNodeMeshEnabled: mesh }),
    resource('BGPFilter', 'f', { exportV4: [{ action: 'Reject' }], exportV6: [{ action: 'Reject' }] }),
    ...nodes,
    // Those of every node are first by name too: of two other sides of a session Calico takes that of the first name.
    ...peers.sort((a, b) => rank(a) - rank(b)).map((spec, i) => resource('BGPPeer', `peer${i}`, spec)),
  ]);

test('the sessions of a fabric from Calico are those that Calico gives each node', () => {
  fc.assert(
    fc.property(manifests, (resources) => {
      fc.pre(validate(resources).length === 0);
      const { spec, left, problems } = importFabric(resources, 'site');
      expect(problems).toEqual([]);
      // What was left out whole has no sessions here.
      const out = new Set(left.map(({ path }) => path));
      const cluster = clusterOf(resources.filter(({ kind, metadata }) => !out.has(`${kind}/${metadata.name}`)));
      const isOfCluster = (address: IpAddress, clusterId: string | null) =>
        [...cluster.nodes.values()].some(
          (it) => it.clusterId === clusterId && it.addresses[address.family]?.equals(address),
        );
      const fabric = readFabric(spec).fabric!;
      for (const name of NODES) {
        const theirs = calicoSessionsOf(cluster, cluster.nodes.get(name)!).map((it) => ({
          remote: `${it.peerAddress} ${it.peerPort}`,
          as: `${it.localAs} ${it.peerAs}`,
          // A reflector of the same cluster is no client, also where a peer names its address.
          client: it.routeReflectorClient && !isOfCluster(it.peerAddress, it.clusterId),
          nextHop: it.nextHop ?? 'auto',
          password: it.password,
          restart: it.gracefulRestartSeconds ?? 120,
          ttlSecurity: it.ttlSecurity,
          allowOwnAs: it.allowLocalAs,
          filters: it.filters.length,
        }));
        const ours = sessionsOf(fabric, name).map((it) => ({
          remote: `${it.remoteAddress} ${it.port}`,
          as: `${it.localAs} ${it.remoteAs}`,
          client: it.routeReflectorClient,
          nextHop: it.nextHop,
          password: it.password !== undefined,
          restart: it.restartTime,
          ttlSecurity: it.ttlSecurity ?? null,
          allowOwnAs: it.allowOwnAs ?? 0,
          filters: it.exportPolicy.rules.filter(({ action }) => action === 'reject').length / 2,
        }));
        const sorted = <T extends { remote: string }>(all: T[]) =>
          all.sort((one, other) => (one.remote < other.remote ? -1 : 1));
        expect([name, sorted(ours)]).toEqual([name, sorted(theirs)]);
      }
    }),
    { numRuns: 150 },
  );
});
