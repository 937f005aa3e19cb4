import { typescriptSource } from '../../lib/calico/typescript';
import type { FabricSpec } from '../../lib/model/fabric';

/** Runs the source with classes that write down what they are given. */
function run(source: string): FabricSpec & { synths: number } {
  const made = { nodes: {}, peers: {}, filters: {}, synths: 0 };
  const member = (room: 'nodes' | 'peers' | 'filters') =>
    class {
      constructor(_: unknown, _id: string, { name, ...props }: { name: string }) {
        Object.assign(made[room], { [name]: props });
      }
    };
  const classes = {
    App: class {
      synth() {
        made.synths++;
      }
    },
    TerraformStack: class {},
    Fabric: class {
      constructor(_: unknown, _id: string, props: object) {
        Object.assign(made, props);
      }
    },
    Node: member('nodes'),
    Filter: member('filters'),
    GlobalPeer: member('peers'),
    NodePeer: member('peers'),
    PeerGroup: member('peers'),
  };
  const imported = [...source.matchAll(/^import \{ (.*) \}/gm)].flatMap(([, names]) => names.split(', '));
  const body = source.replace(/^import .*$/gm, '').replace('(node: string)', '(node)');
  new Function(...imported, body)(...imported.map((name) => classes[name as keyof typeof classes]));
  return made as unknown as FabricSpec & { synths: number };
}

describe('the source of a fabric', () => {
  test('makes the fabric', () => {
    const spec: FabricSpec = {
      name: 'site',
      asNumber: 67111,
      nodes: { a: { ipv4Address: '10.0.0.1' }, 'b.example': { ipv6Address: '2001:db8::1', workloadInterfaces: [] } },
      filters: {
        f: {
          import: [{ action: 'accept' }],
          export: [{ prefix: '10.0.0.0/8', action: 'accept', set: { addCommunities: ['1:1', '2:2'] } }],
        },
      },
      peers: {
        all: { address: '192.0.2.1', asNumber: 65000, filters: ['f'], multihop: true, ttlSecurity: 1 },
        one: { node: 'a', address: '192.0.2.2', asNumber: 65000 },
        some: { nodeSelector: "rack == 'x'", peerSelector: 'has(reflector)' },
      },
    };
    expect(run(typescriptSource(spec))).toEqual({
      ...spec,
      nodes: {
        a: { endpoint: 'ssh://root@a', ...spec.nodes?.a },
        'b.example': { endpoint: 'ssh://root@b.example', ...spec.nodes?.['b.example'] },
      },
      synths: 1,
    });
  });

  test('has the construct that fits each peer, and imports what it needs and no more', () => {
    expect(typescriptSource({ name: 'site', nodes: {} })).toContain("import { Fabric } from 'peerform';");
    const source = typescriptSource({
      name: 'site',
      peers: {
        all: { address: '192.0.2.1', asNumber: 1 },
        one: { node: 'a', peerSelector: 'has(x)' },
        some: { peerSelector: 'has(x)' },
      },
    });
    expect(source).toContain("import { Fabric, GlobalPeer, NodePeer, PeerGroup } from 'peerform';");
    for (const made of [
      "GlobalPeer(fabric, 'peer-all'",
      "NodePeer(fabric, 'peer-one'",
      "PeerGroup(fabric, 'peer-some'",
    ])
      expect(source).toContain(`new ${made}`);
  });

  test('says what was left out, and no text of a manifest leaves its comment or its quotes', () => {
    const source = typescriptSource({ name: 'it\'s\n\u2028 `$` \\ "' }, [
      { path: 'BGPPeer/x', reason: 'no\napp.synth()\u2028app.synth()' },
    ]);
    expect(source).toContain('// - BGPPeer/x: no\\napp.synth()\\u2028app.synth()');
    expect(run(source)).toMatchObject({ name: 'it\'s\n\u2028 `$` \\ "', synths: 1 });
  });
});
