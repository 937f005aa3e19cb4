import fc from 'fast-check';
import { ADDRESS_FAMILIES } from '../../lib/model/address';
import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { atRest, type DeployState } from '../../lib/topology/deploy-state';
import { type LostPaths, lossesOf, type Wave } from '../../lib/topology/losses';
import { OUTSIDE, Reach } from '../../lib/topology/reach';
import { share } from '../breadth';
import { smallFabrics } from './fabrics';

const fabric = (spec: Partial<FabricSpec> = {}): Fabric => {
  const reading = readFabric({ name: 'lab', nodes: NODES, ...spec });
  expect(reading.problems.map(String)).toEqual([]);
  return reading.fabric!;
};
const NODES: FabricSpec['nodes'] = {
  n1: { ipv4Address: '10.0.0.1' },
  n2: { ipv4Address: '10.0.0.2' },
  n3: { ipv4Address: '10.0.0.3' },
};
const TOR = '192.0.2.1';
const OPEN = { open: { import: [{ action: 'accept' as const }], export: [{ action: 'accept' as const }] } };

describe('paths', () => {
  test('are lost with the last session, and the nodes that lose all are named', () => {
    const { final } = lossesOf(fabric(), fabric({ nodeToNodeMesh: false }))!;
    expect(final).toEqual({
      paths: [{ kind: 'lost', family: 'ipv4', isLast: true, from: ['n1', 'n2', 'n3'], to: [] }],
      isolated: ['n1', 'n2', 'n3'],
      prefixes: [],
    });
  });

  test('are not lost where peers take the place of the mesh', () => {
    const peers = {
      a: { node: 'n1', address: '10.0.0.2', asNumber: 64512 },
      b: { node: 'n1', address: '10.0.0.3', asNumber: 64512 },
      c: { node: 'n2', address: '10.0.0.3', asNumber: 64512 },
    };
    expect(lossesOf(fabric(), fabric({ nodeToNodeMesh: false, peers }))!.final.paths).toEqual([]);
  });

  test('do not go through a node that reflects nothing (RFC 4271 section 9.2), but through one of another AS', () => {
    const chain = (as: number) => ({
      nodes: { ...NODES, n2: { ipv4Address: '10.0.0.2', asNumber: as } },
      peers: {
        a: { node: 'n1', address: '10.0.0.2', asNumber: as },
        b: { node: 'n3', address: '10.0.0.2', asNumber: as },
      },
    });
    const lost = (as: number, allowOwnAs?: number) => {
      const { nodes, peers } = chain(as);
      const allowing = Object.fromEntries(Object.entries(peers).map(([name, peer]) => [name, { ...peer, allowOwnAs }]));
      const after = fabric({ nodes, peers: allowing, nodeToNodeMesh: false });
      return lossesOf(fabric({ nodes }), after)!.final.paths.map(({ from, to }) => [from, to]);
    };
    expect(lost(64512)).toEqual([[['n1', 'n3'], []]]);
    // n1 and n3 are of one AS: by way of another they see a loop, unless they allow it (RFC 4271 section 9.1.2).
    expect(lost(65002)).toEqual([[['n1', 'n3'], []]]);
    expect(lost(65002, 1)).toEqual([]);
  });

  test('may lead through neighbours outside: then they leave the fabric', () => {
    const peers = { tor: { address: TOR, asNumber: 64512 } };
    const { final } = lossesOf(fabric({ peers }), fabric({ peers, nodeToNodeMesh: false }))!;
    expect(final).toEqual({
      paths: [{ kind: 'leaving', family: 'ipv4', isLast: false, from: ['n1', 'n2', 'n3'], to: [] }],
      isolated: [],
      prefixes: [],
    });
  });

  test('out of the fabric are lost with the last neighbour that lets anything through', () => {
    const peers = { tor: { node: 'n1', address: TOR, asNumber: 65000, filters: ['open'] } };
    const shut = { tor: { node: 'n1', address: TOR, asNumber: 65000 } };
    const { final } = lossesOf(fabric({ peers, filters: OPEN }), fabric({ peers: shut, filters: OPEN }))!;
    expect(final.paths).toEqual([
      { kind: 'lost', family: 'ipv4', isLast: true, from: ['n1'], to: OUTSIDE },
      { kind: 'lost', family: 'ipv4', isLast: true, from: ['n2', 'n3'], to: OUTSIDE },
    ]);
    expect(final.isolated).toEqual([]);
  });

  test('of one address family are told though the other has some', () => {
    const dual = Object.fromEntries(
      [1, 2].map((i) => [`n${i}`, { ipv4Address: `10.0.0.${i}`, ipv6Address: `fd00::${i}` }]),
    );
    const single = { ...dual, n2: { ipv4Address: '10.0.0.2' } };
    expect(lossesOf(fabric({ nodes: dual }), fabric({ nodes: single }))!.final).toEqual({
      paths: [{ kind: 'lost', family: 'ipv6', isLast: false, from: ['n1'], to: ['n2'] }],
      isolated: [],
      prefixes: [],
    });
  });

  test('over a node that is taken out of service are lost for the others, not for itself', () => {
    const reflected = (drain: boolean) =>
      fabric({
        nodes: { ...NODES, n1: { ...NODES!.n1, ...(drain && { drain }) } },
        nodeToNodeMesh: false,
        routeReflectors: { all: { reflectors: ['n1'] } },
      });
    expect(lossesOf(reflected(false), reflected(true), [['n1'], ['n2', 'n3']])).toMatchObject({
      final: { paths: [{ kind: 'lost', isLast: true, from: ['n2', 'n3'], to: [] }], isolated: ['n2', 'n3'] },
      waves: [{ paths: [], isolated: [] }], // its neighbours go round it first
    });
    expect(lossesOf(reflected(true), reflected(false))!.final.paths).toEqual([]);
    const drained = fabric({ nodes: { ...NODES, n1: { ...NODES!.n1, drain: true } } });
    expect(lossesOf(fabric(), drained)!.final).toEqual({ paths: [], isolated: [], prefixes: [] });
  });

  test('of nodes that come or go are no losses', () => {
    const { n3: _, ...two } = NODES!;
    expect(lossesOf(fabric(), fabric({ nodes: two }))!.final.paths).toEqual([]);
    expect(lossesOf(fabric({ nodes: two }), fabric())!.final.paths).toEqual([]);
  });

  test('of 5,000 nodes are found by kinds', () => {
    const nodes = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [`n${i}`, { ipv4Address: `10.0.${i >> 8}.${i & 255}` }]),
    );
    const { final } = lossesOf(fabric({ nodes }), fabric({ nodes, nodeToNodeMesh: false }))!;
    expect(final.isolated).toHaveLength(5000);
    expect(final.paths).toHaveLength(1);
  });
});

describe('prefixes that nodes advertise', () => {
  const advertising = (more: Record<string, string[]>) =>
    Object.fromEntries(
      Object.entries(NODES!).map(([name, node]) => [
        name,
        { ...node, advertise: (more[name] ?? []).map((prefix) => ({ prefix })) },
      ]),
    );
  const peers = { p: { node: 'n1', address: '10.0.0.2', asNumber: 64512, filters: ['f'] } };
  const accepting = (prefix: string) => ({ f: { import: [{ prefix, action: 'accept' as const }] } });
  const lost = (before: Fabric, after: Fabric) => lossesOf(before, after)!.final.prefixes;

  test('are lost where a filter turns them away, though the session lets others through', () => {
    const nodes = advertising({ n2: ['10.1.0.0/24', '10.2.0.0/24'] });
    const after = fabric({ nodes, peers, filters: accepting('10.1.0.0/16') });
    expect(lost(fabric({ nodes }), after)).toEqual([{ prefix: '10.2.0.0/24', at: ['n1'] }]);
  });

  test('are not where another node advertises them too', () => {
    const nodes = advertising({ n2: ['10.2.0.0/24'], n3: ['10.2.0.0/24'] });
    expect(lost(fabric({ nodes }), fabric({ nodes, peers, filters: accepting('10.1.0.0/16') }))).toEqual([]);
  });

  test('are not where nobody advertises them any more, nor where it is the route that decides', () => {
    const nodes = advertising({ n2: ['10.2.0.0/24'] });
    expect(lost(fabric({ nodes }), fabric())).toEqual([]);
    const filters = {
      f: { import: [{ communities: ['64512:1'], action: 'reject' as const }, { action: 'accept' as const }] },
    };
    expect(lost(fabric({ nodes }), fabric({ nodes, peers, filters }))).toEqual([]);
  });

  test('go with the paths of their nodes', () => {
    const nodes = advertising({ n2: ['10.2.0.0/24'] });
    expect(lost(fabric({ nodes }), fabric({ nodes, nodeToNodeMesh: false }))).toEqual([
      { prefix: '10.2.0.0/24', at: ['n1', 'n3'] },
    ]);
  });
});

describe('waves', () => {
  const all = { ttl: { address: '10.0.0.1', asNumber: 64512, ttlSecurity: 1 } };

  test('lose nothing while former sessions stand', () => {
    const off = fabric({ nodeToNodeMesh: false, peers: { tor: { address: TOR, asNumber: 64512 } } });
    expect(lossesOf(fabric(), off, [['n1'], ['n2', 'n3']])!.waves).toEqual([
      { wave: 1, paths: [], isolated: [], prefixes: [] },
    ]);
    expect(lossesOf(fabric(), fabric({ asNumber: 67111 }), [['n1'], ['n2'], ['n3']])!.waves).toEqual([
      { wave: 1, paths: [], isolated: [], prefixes: [] },
      { wave: 2, paths: [], isolated: [], prefixes: [] },
    ]);
  });

  test('are told where one end of a session would no longer take the other', () => {
    const { final, waves } = lossesOf(fabric(), fabric({ peers: all }), [['n1'], ['n2', 'n3']])!;
    expect(final.paths).toEqual([]);
    expect(waves).toEqual([
      {
        wave: 1,
        paths: [{ kind: 'lost', family: 'ipv4', isLast: true, from: ['n1'], to: ['n2', 'n3'] }],
        isolated: ['n1'],
        prefixes: [],
      },
    ]);
  });
});

const waves = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 6, maxLength: 6 });

test('kinds of nodes lose what a look at every single node finds', () => {
  fc.assert(
    fc.property(smallFabrics, smallFabrics, waves, (before, after, order) => {
      const sets: Wave[] = [0, 1, 2].map((wave) => order.flatMap((w, i) => (w === wave ? [`n${i + 1}`] : [])));
      const { final, waves: during } = lossesOf(before, after, sets)!;
      expect(final.paths.flatMap(spelt).sort()).toEqual(enumerated(before, after, atRest(after)));
      for (const { wave, paths } of during) {
        const moved = (name: string) => sets.slice(0, wave).some((set) => set.includes(name));
        expect(paths.flatMap(spelt).sort()).toEqual(enumerated(before, after, { before, after, moved }));
      }
    }),
    { numRuns: share(100) },
  );
});

const line = (kind: string, family: string, ends: readonly string[]) =>
  `${kind} ${family} ${[...ends].sort().join(' - ')}`;

function spelt({ kind, family, from, to }: LostPaths): string[] {
  if (to === OUTSIDE) return from.map((name) => line(kind, family, [name, OUTSIDE]));
  const all =
    to.length > 0
      ? from.flatMap((a) => to.map((b) => [a, b]))
      : from.flatMap((a, i) => from.slice(i + 1).map((b) => [a, b]));
  return all.map((ends) => line(kind, family, ends));
}

/** Every pair of nodes by itself, on the whole network. */
function enumerated(before: Fabric, after: Fabric, moment: DeployState): string[] {
  const names = [...new Set([...Object.keys(before.nodes), ...Object.keys(after.nodes)])];
  const both = names.filter((name) => before.nodes[name] && after.nodes[name]);
  return ADDRESS_FAMILIES.flatMap((family) => {
    const [old, now] = [atRest(before), moment].map((at) => new Reach(at, names, family));
    const way = (reach: Reach, a: string, b: string) =>
      Math.min(
        ...[
          [a, b],
          [b, a],
        ].map(([from, to]) => {
          // What a node hears from the origin itself it can use, whatever it prefers.
          if (to !== OUTSIDE && reach.neighbours(from).has(to)) return 2;
          const found = reach.from(from).get(to);
          return found ? (found.left ? 1 : 2) : 0;
        }),
      );
    return both.flatMap((a, i) =>
      [...both.slice(i + 1), OUTSIDE].flatMap((b) => {
        const [was, is] = [way(old, a, b), way(now, a, b)];
        if (was > 0 && is === 0) return [line('lost', family, [a, b])];
        return was > is && b !== OUTSIDE ? [line('leaving', family, [a, b])] : [];
      }),
    );
  }).sort();
}
