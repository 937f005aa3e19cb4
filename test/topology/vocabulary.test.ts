import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { neighboursOf, sessionsOf } from '../../lib/topology/derive';
import { clusterIdOf } from '../../lib/topology/membership';

const fabric = (spec: Partial<FabricSpec>): Fabric => {
  const reading = readFabric({ name: 'lab', ...spec });
  expect(reading.problems.map(String)).toEqual([]);
  return reading.fabric!;
};
/** n1 to n6 of 10.0.0.0/24, each with what is said of it. */
const nodes = (more: Record<string, object> = {}): NonNullable<FabricSpec['nodes']> =>
  Object.fromEntries([1, 2, 3, 4, 5, 6].map((i) => [`n${i}`, { ipv4Address: `10.0.0.${i}`, ...more[`n${i}`] }]));
/** `kind remote`, with `>` where the remote is a client. */
const said = (f: Fabric, node: string) =>
  sessionsOf(f, node).map(
    ({ kind, remoteNode, remoteAddress, routeReflectorClient }) =>
      `${kind} ${routeReflectorClient ? '>' : ''}${remoteNode ?? remoteAddress}`,
  );
const isSymmetric = (f: Fabric) => {
  for (const name of Object.keys(f.nodes))
    for (const { remoteNode, localAs, remoteAs, localAddress } of sessionsOf(f, name)) {
      if (remoteNode === undefined) continue;
      const back = sessionsOf(f, remoteNode).filter(({ remoteAddress }) => remoteAddress.equals(localAddress));
      expect(back).toMatchObject([{ remoteNode: name, localAs: remoteAs, remoteAs: localAs }]);
    }
};

describe('route reflectors', () => {
  const pair = fabric({ nodes: nodes(), routeReflectors: { main: { reflectors: ['n1', 'n2'] } } });

  test('serve all other nodes unless clients are named, peer with one another, and leave no mesh', () => {
    expect(said(pair, 'n1')).toEqual([
      'reflector n2',
      'reflector >n3',
      'reflector >n4',
      'reflector >n5',
      'reflector >n6',
    ]);
    expect(said(pair, 'n4')).toEqual(['reflector n1', 'reflector n2']);
    isSymmetric(pair);
  });

  test('have the cluster id of their group, else each its own identifier', () => {
    expect(['n1', 'n2', 'n3'].map((name) => clusterIdOf(pair, name)?.toString())).toEqual([
      '10.0.0.1',
      '10.0.0.2',
      undefined,
    ]);
    const shared = fabric({
      nodes: nodes(),
      routeReflectors: { main: { reflectors: ['n1', 'n2'], clusterId: '1.0.0.1' } },
    });
    expect(clusterIdOf(shared, 'n2')?.toString()).toBe('1.0.0.1');
  });

  test('are in the mesh of those that are no clients, so that both reach one another (RFC 4456 section 6)', () => {
    const f = fabric({
      nodes: nodes(),
      routeReflectors: { main: { reflectors: ['n1'], clients: ['n2', 'n3'] } },
    });
    expect(said(f, 'n1')).toEqual(['reflector >n2', 'reflector >n3', 'mesh n4', 'mesh n5', 'mesh n6']);
    expect(said(f, 'n4')).toEqual(['mesh n1', 'mesh n5', 'mesh n6']);
    expect(said(f, 'n2')).toEqual(['reflector n1']);
    isSymmetric(f);
  });

  test('may be clients of others: those do not peer with one another', () => {
    const f = fabric({
      nodes: nodes({ n5: { labels: { leaf: 'a' } }, n6: { labels: { leaf: 'b' } } }),
      routeReflectors: {
        top: { reflectors: ['n1', 'n2'], clients: ['n3', 'n4'] },
        a: { reflectors: ['n3'], clientSelector: "leaf == 'a'" },
        b: { reflectors: ['n4'], clientSelector: "leaf == 'b'" },
      },
    });
    expect(said(f, 'n3')).toEqual(['reflector n1', 'reflector n2', 'reflector >n5']);
    expect(said(f, 'n6')).toEqual(['reflector n4']);
    expect(said(f, 'n1')).toEqual(['reflector n2', 'reflector >n3', 'reflector >n4']);
    isSymmetric(f);
  });

  test('in the way of Calico: a cluster id, and peers by selector with their other side', () => {
    const f = fabric({
      nodes: nodes({ n1: { labels: { role: 'rr' }, routeReflectorClusterId: '1.0.0.1' } }),
      nodeToNodeMesh: false,
      peers: { rr: { nodeSelector: '!has(role)', peerSelector: "role == 'rr'" } },
    });
    expect(said(f, 'n1')).toEqual(['node >n2', 'node >n3', 'node >n4', 'node >n5', 'node >n6']);
    expect(said(f, 'n2')).toEqual(['node n1']);
    isSymmetric(f);
    const manual = fabric({
      nodes: nodes({ n1: { labels: { role: 'rr' } } }),
      nodeToNodeMesh: false,
      peers: { rr: { peerSelector: "role == 'rr'", reversePeering: 'manual' } },
    });
    expect(said(manual, 'n1')).toEqual([]);
  });

  test('the other side of a peer has its filters and next hop where it mirrors them', () => {
    const other = (reversePeering: 'auto' | 'mirror') =>
      sessionsOf(
        fabric({
          nodes: nodes({ n1: { labels: { role: 'rr' } } }),
          nodeToNodeMesh: false,
          filters: { some: { export: [{ prefix: '10.65.0.0/16', action: 'accept' }] } },
          peers: { rr: { peerSelector: "role == 'rr'", filters: ['some'], nextHop: 'self', reversePeering } },
        }),
        'n1',
      )[0];
    expect(other('auto')).toMatchObject({ nextHop: 'auto', exportPolicy: { rules: [], otherwise: 'accept' } });
    expect(other('mirror')).toMatchObject({ nextHop: 'self', exportPolicy: { otherwise: 'reject' } });
    expect(other('mirror').exportPolicy.rules).toHaveLength(1);
  });
});

describe('racks', () => {
  const f = fabric({
    nodes: nodes({
      n1: { rack: 'a' },
      n2: { rack: 'a' },
      n3: { rack: 'b' },
      n4: { rack: 'b', asNumber: 65555 },
    }),
    racks: {
      a: { asNumber: 65001, topOfRack: [{ ipv4Address: '10.0.1.1', asNumber: 65100 }] },
      b: { asNumber: 65002, topOfRack: [{ ipv4Address: '10.0.1.2' }] },
    },
  });

  test('give their nodes an AS number and the top-of-rack neighbours, and a mesh of their own', () => {
    expect(said(f, 'n1')).toEqual(['rack 10.0.1.1', 'mesh n2']);
    expect(said(f, 'n4')).toEqual(['rack 10.0.1.2', 'mesh n3']);
    expect(said(f, 'n5')).toEqual(['mesh n6']);
    const numbers = ['n1', 'n3', 'n4', 'n5'].map((name) => sessionsOf(f, name)[0].localAs.value);
    expect(numbers).toEqual([65001, 65002, 65555, 64512]);
    isSymmetric(f);
  });

  test('have their policy: everything goes to the top and comes from it', () => {
    const [top] = sessionsOf(f, 'n1');
    expect(top).toMatchObject({
      importPolicy: { otherwise: 'accept' },
      exportPolicy: { otherwise: 'accept' },
      isInside: false,
    });
    expect(sessionsOf(f, 'n3')[0].remoteAs.value).toBe(65002);
  });

  test('without top-of-rack neighbours take part in the mesh of all', () => {
    const plain = fabric({ nodes: nodes({ n1: { rack: 'a' } }), racks: { a: { asNumber: 65001 } } });
    expect(said(plain, 'n1')).toHaveLength(5);
    expect(sessionsOf(plain, 'n2')[0].remoteAs.value).toBe(65001);
  });
});

describe('peers', () => {
  test('come to the nodes that a selector chooses', () => {
    const f = fabric({
      nodes: nodes({ n1: { labels: { rack: 'a' } }, n2: { labels: { rack: 'a' } } }),
      nodeToNodeMesh: false,
      peers: { tor: { nodeSelector: "rack == 'a'", address: '192.0.2.1', asNumber: 65000 } },
    });
    expect(['n1', 'n2', 'n3'].map((name) => said(f, name).length)).toEqual([1, 1, 0]);
  });

  test('show a local AS number, and what the node has beside it', () => {
    const f = fabric({
      nodes: nodes(),
      nodeToNodeMesh: false,
      peers: { tor: { node: 'n1', address: '192.0.2.1', asNumber: 65000, localAsNumber: 65009 } },
    });
    const [session] = sessionsOf(f, 'n1');
    expect([session.localAs.value, session.nodeAs?.value]).toEqual([65009, 64512]);
  });

  test('carry passwords by reference only, and to both sides', () => {
    const f = fabric({
      nodes: nodes(),
      meshPassword: 'secret:mesh',
      peers: { two: { node: 'n1', address: '10.0.0.2', password: 'file:/etc/key' } },
    });
    const passwords = (name: string) => sessionsOf(f, name).map(({ password }) => String(password));
    expect(passwords('n1').slice(0, 2)).toEqual(['file:/etc/key', 'secret:mesh']);
    expect(passwords('n2')[0]).toBe('file:/etc/key');
  });

  test('may be whoever comes from a prefix', () => {
    const f = fabric({
      nodes: nodes({ n1: { routeReflectorClusterId: '1.0.0.1' } }),
      peers: { vms: { node: 'n1', prefix: '10.9.0.0/16', asNumber: 64512, maxNeighbours: 7 } },
    });
    expect(neighboursOf(f, 'n1')).toMatchObject([
      { limit: 7, session: { dial: 'never', routeReflectorClient: true, origin: 'peers.vms' } },
    ]);
    expect(neighboursOf(f, 'n2')).toEqual([]);
    expect(said(f, 'n1')).toEqual([]);
  });
});

describe('what cannot be is told with its place', () => {
  const problems = (spec: object) => readFabric({ name: 'lab', nodes: nodes(), ...spec }).problems.map(String);
  test.each([
    [{ peers: { p: { asNumber: 1 } } }, 'peers.p: the peer does not name a neighbour'],
    [{ peers: { p: { address: '192.0.2.1' } } }, 'peers.p.asNumber: the AS number of the neighbour is missing'],
    [
      { peers: { p: { peerSelector: 'all()', asNumber: 1 } } },
      'peers.p.asNumber: asNumber cannot be combined with peerSelector',
    ],
    [
      { peers: { p: { peerSelector: 'all()', address: '192.0.2.1' } } },
      'peers.p: address and peerSelector are both set',
    ],
    [{ peers: { p: { node: 'n1', nodeSelector: 'all()', address: '192.0.2.1', asNumber: 1 } } }, 'both set'],
    [{ peers: { p: { nodeSelector: 'rack = a', address: '192.0.2.1', asNumber: 1 } } }, 'peers.p.nodeSelector'],
    [{ peers: { p: { address: '192.0.2.1', asNumber: 1, filters: ['x'] } } }, 'there is no filter x'],
    [
      { racks: { a: { asNumber: 1, topOfRack: [{ asNumber: 2 }] } } },
      'racks.a.topOfRack[0]: the top-of-rack neighbour',
    ],
    [{ nodes: { n1: { ipv4Address: '10.0.0.1', rack: 'x' } } }, 'nodes.n1.rack: there is no rack x'],
    [{ routeReflectors: { r: {} } }, 'routeReflectors.r: the group has no reflectors'],
    [{ routeReflectors: { r: { reflectors: ['n9'] } } }, 'routeReflectors.r.reflectors[0]: there is no node n9'],
    [{ routeReflectors: { r: { reflectors: ['n1'], clients: ['n1'] } } }, 'n1 cannot be its own client'],
    [{ nodeToNodeMesh: false, meshPassword: 'secret:x' }, 'meshPassword: the mesh is disabled'],
    [{ prefixAdvertisements: [{ prefix: '10.0.0.0/8', communities: ['gold'] }] }, 'there is no community gold'],
  ])('%j', (spec, told) => {
    expect(problems(spec).join('\n')).toContain(told);
  });

  test('a password itself is refused, and not shown', () => {
    const told = problems({ meshPassword: 'hunter2' }).join('\n');
    expect(told).toContain('meshPassword: this is not a reference to a secret');
    expect(told).not.toContain('hunter2');
  });

  test('two peers that meet on a node by their selectors are told of', () => {
    const peers = {
      a: { nodeSelector: "rack == 'a'", address: '192.0.2.1', asNumber: 1 },
      b: { node: 'n1', address: '192.0.2.1', asNumber: 1 },
    };
    expect(problems({ peers, nodes: nodes({ n1: { labels: { rack: 'a' } } }) })).toEqual([
      expect.stringContaining('peers.b.address: peer a already defines a session with 192.0.2.1'),
    ]);
    expect(problems({ peers, nodes: nodes({ n2: { labels: { rack: 'a' } } }) })).toEqual([]);
  });
});
