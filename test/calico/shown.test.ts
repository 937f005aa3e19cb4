import { importFabric } from '../../lib/calico/import';
import { readManifests } from '../../lib/calico/manifests';
import { type CalicoKind, resource, type Spec } from '../../lib/calico/resource';
import { calicoList, shownInCalico } from '../../lib/calico/shown';
import { canonicalFabric } from '../../lib/model/canonical';
import { NEWEST_EDITION } from '../../lib/model/edition';
import { readFabric } from '../../lib/model/read';

const shown = (spec: object, kind: string) => {
  const { fabric, problems } = readFabric({ name: 'site', ...spec });
  expect(problems).toEqual([]);
  const { [kind]: objects } = canonicalFabric(fabric!) as Record<string, Record<string, never>>;
  return Object.entries(objects).map(([name, item]) => shownInCalico(kind, name, item));
};

describe('objects in the shape of Calico', () => {
  test('a peer has its fields as Calico names them, and others as annotations', () => {
    const peers = {
      tor: { address: '192.0.2.1', port: 1790, asNumber: 65000, nextHop: 'self', passive: true, multihop: true },
    };
    expect(shown({ peers }, 'peers')).toEqual([
      {
        apiVersion: 'projectcalico.org/v3',
        kind: 'BGPPeer',
        metadata: { name: 'tor', annotations: { 'peerform/passive': 'true' } },
        spec: { peerIP: '192.0.2.1:1790', asNumber: 65000, nextHopMode: 'Self' },
      },
    ]);
  });

  test('BFD is as Calico Enterprise names it, and how it is done an annotation', () => {
    const outside = { address: '192.0.2.1', asNumber: 65000 };
    const peers = {
      far: { ...outside, address: '192.0.2.2', bfd: { multihop: true } },
      tuned: { ...outside, address: '192.0.2.3', bfd: { transmitInterval: 100 } },
      usual: { ...outside, bfd: {} },
    };
    const said = shown({ peers }, 'peers').map(({ metadata, spec }) => [
      metadata.annotations?.['peerform/bfd'],
      spec.failureDetectionMode,
    ]);
    expect(said).toEqual([
      [expect.stringContaining('"multihop":true'), undefined],
      [expect.stringContaining('"transmitInterval":100'), undefined],
      [undefined, 'BFDIfDirectlyConnected'],
    ]);
  });

  test('a filter lets nothing through from the first rule on that Calico cannot say', () => {
    const filters = {
      f: {
        import: [
          { prefix: '10.0.0.0/8', ge: 24, action: 'accept' },
          { nextHop: '10.0.0.0/8', action: 'accept' },
        ],
      },
    };
    const [{ spec, metadata }] = shown({ filters }, 'filters');
    expect(spec).toEqual({
      importV4: [
        { cidr: '10.0.0.0/8', matchOperator: 'In', prefixLength: { min: 24 }, action: 'Accept' },
        { action: 'Reject' },
      ],
      importV6: [{ action: 'Reject' }],
    });
    expect(metadata.annotations).toEqual({ 'peerform/import': expect.stringContaining('"nextHop":"10.0.0.0/8"') });
  });

  test('what was imported is shown as it was', () => {
    const resources: [CalicoKind, string, Spec][] = [
      ['Node', 'a', { bgp: { ipv4Address: '10.0.0.1/32', asNumber: 65001, routeReflectorClusterID: '1.0.0.1' } }],
      [
        'BGPPeer',
        'p',
        { node: 'a', peerIP: '192.0.2.1', asNumber: 65000, password: { secretKeyRef: { name: 's', key: 'k' } } },
      ],
      [
        'BGPPeer',
        'q',
        { peerIP: '[2001:db8::1]:1790', asNumber: 65000, maxRestartTime: '90s', filters: ['f'], ttlSecurity: 1 },
      ],
      ['BGPPeer', 'watched', { peerIP: '192.0.2.3', asNumber: 65000, failureDetectionMode: 'BFDIfDirectlyConnected' }],
      [
        'BGPFilter',
        'f',
        {
          importV4: [{ cidr: '10.0.0.0/8', matchOperator: 'In', peerType: 'eBGP', action: 'Accept' }],
          exportV6: [
            { priority: 512, communities: { values: ['1:1'] }, source: 'RemotePeers', action: 'Reject' },
            { action: 'Accept', operations: [{ addCommunity: { value: '1:2' } }, { setPriority: { value: 9 } }] },
          ],
        },
      ],
    ];
    const made = importFabric(
      [resource('Node', 'b', { bgp: { ipv6Address: 'fd00::1/128' } }), ...resources.map((it) => resource(...it))],
      'site',
    );
    const again = ['nodes', 'peers', 'filters'].map((kind) => calicoList(kind, shown(made.spec, kind)));
    const read = readManifests({ name: '', text: JSON.stringify(again) });
    expect(read.problems).toEqual([]);
    for (const [kind, name, spec] of resources) {
      const found = read.resources.find((it) => it.kind === kind && it.metadata.name === name)!;
      const expected =
        kind === 'BGPPeer' ? { ...spec, filters: [...((spec.filters ?? []) as string[]), 'calico-default'] } : spec;
      expect([kind, name, found.spec]).toEqual([kind, name, expected]);
    }
  });

  test('what Calico has no field for is told of where it is imported, and what is so anyway is not', () => {
    const nodes = {
      n1: { ipv4Address: '10.0.0.1', rack: 'r', kernelMetric: 90 },
      n2: { ipv4Address: '10.0.0.2' },
    };
    const racks = { r: { asNumber: 65001, topOfRack: [{ ipv4Address: '10.0.0.9' }] } };
    const settings = canonicalFabric(readFabric({ name: 'site', edition: NEWEST_EDITION, nodes, racks }).fabric!);
    const objects = [
      ...shown({ nodes, racks }, 'nodes').map((one) => ({
        ...one,
        metadata: { ...one.metadata, annotations: { ...one.metadata.annotations, 'peerform/endpoint': '"x"' } },
      })),
      shownInCalico('config', 'default', { ...(settings as Record<string, never>), nodes: null, racks: null }),
    ];
    const { left } = readManifests({ name: '', text: JSON.stringify(objects) });
    expect(left.filter(({ path }) => !path.includes('peerform/name')).map(({ path }) => path)).toEqual([
      'Node/n1 metadata.annotations.peerform/kernelMetric',
      'Node/n1 metadata.annotations.peerform/rack',
    ]);
    expect(left.every(({ mustDecide }) => mustDecide)).toBe(true);
  });

  test('the settings are the default configuration', () => {
    const { fabric } = readFabric({ name: 'site', nodeToNodeMesh: false, asNumber: 5, communities: { blue: '1:1' } });
    const settings = canonicalFabric(fabric!) as Record<string, never>;
    const configuration = shownInCalico('config', 'default', settings);
    expect(configuration).toMatchObject({
      kind: 'BGPConfiguration',
      metadata: { annotations: { 'peerform/communities': '{"blue":"1:1"}' } },
      spec: { asNumber: 5, nodeToNodeMeshEnabled: false, listenPort: 179 },
    });
    expect(readManifests({ name: '', text: JSON.stringify(configuration) }).problems).toEqual([]);
  });
});
