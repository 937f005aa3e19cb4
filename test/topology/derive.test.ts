import * as fc from 'fast-check';
import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { changeOf } from '../../lib/topology/change';
import { sessionsOf } from '../../lib/topology/derive';
import { impactOf } from '../../lib/topology/impact';

const fabric = (spec: Partial<FabricSpec> = {}): Fabric => {
  const reading = readFabric({ name: 'lab', nodes: NODES, ...spec });
  expect(reading.problems.map(String)).toEqual([]);
  return reading.fabric!;
};
const NODES: FabricSpec['nodes'] = {
  n1: { ipv4Address: '10.0.0.1', ipv6Address: 'fd00::1' },
  n2: { ipv4Address: '10.0.0.2', ipv6Address: 'fd00::2' },
  n3: { ipv4Address: '10.0.0.3' },
};
const keys = (f: Fabric, node: string) => sessionsOf(f, node).map(({ key, kind }) => `${kind} ${key}`);

describe('the sessions of a node', () => {
  test('are one with every other node in each family that both have, while the mesh is on', () => {
    expect(keys(fabric(), 'n1')).toEqual([
      'mesh 10.0.0.1 10.0.0.2 179',
      'mesh fd00::1 fd00::2 179',
      'mesh 10.0.0.1 10.0.0.3 179',
    ]);
    expect(keys(fabric({ nodeToNodeMesh: false }), 'n1')).toEqual([]);
    expect(keys(fabric(), 'nobody')).toEqual([]);
  });

  test('come from global peers on every node of that family and from node peers on one', () => {
    const f = fabric({
      nodeToNodeMesh: false,
      peers: {
        tor: { address: '192.20.30.40', asNumber: 67111 },
        six: { node: 'n1', address: 'aa:bb::ff', asNumber: 67111 },
      },
    });
    expect(['n1', 'n2', 'n3'].flatMap((node) => keys(f, node))).toEqual([
      'global 10.0.0.1 192.20.30.40 179',
      'node fd00::1 aa:bb::ff 179',
      'global 10.0.0.2 192.20.30.40 179',
      'global 10.0.0.3 192.20.30.40 179',
    ]);
  });

  test('of a peer that is a node have what both ends must agree on at the other end, too', () => {
    const f = fabric({
      nodeToNodeMesh: false,
      nodes: { ...NODES, n3: { ipv4Address: '10.0.0.3', asNumber: 65003 } },
      peers: {
        up: {
          ...{ node: 'n1', address: '10.0.0.3', asNumber: 65003, role: 'customer', addPath: 'send', ttlSecurity: 3 },
          ...{ extendedNextHop: true, maxPrefixes: 5, allowOwnAs: 2 },
        },
      },
    });
    const common = { ttlSecurity: 3, extendedNextHop: true };
    expect(sessionsOf(f, 'n1')).toMatchObject([
      { ...common, role: 'customer', addPath: 'send', maxPrefixes: 5, allowOwnAs: 2 },
    ]);
    const [back] = sessionsOf(f, 'n3');
    expect(back).toMatchObject({ ...common, role: 'provider', addPath: 'receive' });
    expect([back.maxPrefixes, back.allowOwnAs]).toEqual([undefined, undefined]);
  });

  test('exchange nothing with an outside eBGP neighbour that has no filter (RFC 8212), and everything inside', () => {
    const f = fabric({
      peers: { tor: { address: '10.0.0.254', asNumber: 65000 }, same: { address: '10.0.0.253', asNumber: 64512 } },
    });
    const policies = sessionsOf(f, 'n3').map((s) => [
      s.remoteAddress.toString(),
      s.importPolicy.otherwise,
      s.exportPolicy.otherwise,
      s.isInside,
    ]);
    expect(policies).toEqual([
      ['10.0.0.254', 'reject', 'reject', false],
      ['10.0.0.253', 'accept', 'accept', false],
      ['10.0.0.1', 'accept', 'accept', true],
      ['10.0.0.2', 'accept', 'accept', true],
    ]);
  });

  test('reject in a direction with rules what no rule matches, and keep the default in a direction without', () => {
    const f = fabric({
      filters: { out: { export: [{ prefix: '10.1.0.0/16', action: 'accept' }] } },
      peers: { tor: { address: '10.0.0.254', asNumber: 64512, filters: ['out'] } },
    });
    const [tor] = sessionsOf(f, 'n3');
    expect([tor.importPolicy.otherwise, tor.exportPolicy.otherwise, tor.exportPolicy.rules.length]).toEqual([
      'accept',
      'reject',
      1,
    ]);
  });

  test('are explicit where an explicit peer and the mesh would make the same one, and the other end follows', () => {
    const f = fabric({ peers: { pair: { node: 'n1', address: '10.0.0.2', asNumber: 64512, holdTime: 9 } } });
    const at = (node: string, remote: string) =>
      sessionsOf(f, node).filter((s) => s.remoteAddress.toString() === remote);
    expect(at('n1', '10.0.0.2').map((s) => [s.kind, s.origin, s.holdTime])).toEqual([['node', 'peers.pair', 9]]);
    expect(at('n2', '10.0.0.1').map((s) => [s.kind, s.origin, s.holdTime])).toEqual([['node', 'peers.pair', 9]]);
  });

  test('have exactly one end that dials first', () => {
    const f = fabric();
    const ends = ['n1', 'n2', 'n3'].flatMap((node) => sessionsOf(f, node));
    expect(ends.filter((s) => s.dial === 'first').length).toBe(ends.length / 2);
  });
});

describe('a change of a session', () => {
  test('is none where only its reason or who dials changed', () => {
    const [before] = sessionsOf(fabric(), 'n3');
    expect(changeOf(before, { ...before, kind: 'node', origin: 'peers.p', dial: 'never' })).toBeUndefined();
  });

  test('is a reset for an AS number, and a retuning for a policy', () => {
    const [before] = sessionsOf(fabric(), 'n3'),
      [after] = sessionsOf(fabric({ asNumber: 67111 }), 'n3');
    expect(changeOf(before, after)).toEqual({ change: 'reset', reason: 'AS number' });
    expect(changeOf(before, { ...before, exportPolicy: { rules: [], otherwise: 'reject' } })?.change).toBe('retuned');
  });
});

describe('the impact of a change', () => {
  test('of the mesh switched off counts every session and names the nodes left alone', () => {
    const impact = impactOf(fabric(), fabric({ nodeToNodeMesh: false }));
    expect(impact.counts).toEqual({ added: 0, removed: 4, reset: 0, retuned: 0 });
    expect(impact.isolated).toEqual(['n1', 'n2', 'n3']);
    expect(impact.examples.length).toBe(4);
  });

  test('of nothing is nothing', () => {
    expect(impactOf(fabric(), fabric())).toEqual({
      counts: { added: 0, removed: 0, reset: 0, retuned: 0 },
      reasons: {},
      isolated: [],
      examples: [],
    });
  });

  test('is counted by classes: 5,000 nodes are 12,497,500 sessions', () => {
    const nodes = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [`n${i}`, { ipv4Address: `10.0.${i >> 8}.${i & 255}` }]),
    );
    expect(impactOf(undefined, fabric({ nodes })).counts.added).toBe(12497500);
  });

  /** The slow and obvious way: every session of every node, both ends as one. */
  function enumerated(before: Fabric, after: Fabric) {
    const counts = { added: 0, removed: 0, reset: 0, retuned: 0 };
    const all = (f: Fabric) =>
      new Map(
        Object.keys(f.nodes)
          .flatMap((n) => sessionsOf(f, n))
          .map((s) => [s.key, s]),
      );
    const [old, now] = [all(before), all(after)];
    const ORDER = ['added', 'removed', 'reset', 'retuned'] as const;
    const links = new Map<string, (typeof ORDER)[number]>();
    for (const key of new Set([...old.keys(), ...now.keys()])) {
      const [s] = [now.get(key) ?? old.get(key)!],
        change = changeOf(old.get(key), now.get(key))?.change;
      const ends = [String(s.localAddress), String(s.remoteAddress)],
        link = `${ends.sort().join(' ')} ${s.port}`;
      const known = links.get(link);
      if (change && (!known || ORDER.indexOf(change) < ORDER.indexOf(known))) links.set(link, change);
    }
    for (const change of links.values()) counts[change]++;
    return counts;
  }

  test('equals what enumerating every session gives', () => {
    const node = fc.record({
      octet: fc.integer({ min: 1, max: 6 }),
      six: fc.boolean(),
      as: fc.constantFrom(undefined, 65001, 65002),
    });
    const spec = fc.record({
      mesh: fc.boolean(),
      as: fc.constantFrom(64512, 67111),
      hold: fc.constantFrom(90, 9),
      port: fc.constantFrom(179, 1179),
      nodes: fc.uniqueArray(node, { selector: ({ octet }) => octet, minLength: 1, maxLength: 5 }),
      peers: fc.uniqueArray(
        fc.record({
          node: fc.constantFrom(undefined, 0, 1),
          octet: fc.integer({ min: 1, max: 7 }),
          filter: fc.boolean(),
        }),
        {
          selector: ({ octet }) => octet,
          maxLength: 3,
        },
      ),
    });
    const build = (s: typeof spec extends fc.Arbitrary<infer T> ? T : never): Fabric | undefined => {
      const names = s.nodes.map(({ octet }) => `n${octet}`);
      const nodes = Object.fromEntries(
        s.nodes.map(({ octet, six, as }) => [
          `n${octet}`,
          {
            ipv4Address: `10.0.0.${octet}`,
            ...(six && { ipv6Address: `fd00::${octet}` }),
            ...(as && { asNumber: as }),
          },
        ]),
      );
      const peers = Object.fromEntries(
        s.peers.map(({ node: i, octet, filter }) => [
          `p${octet}`,
          {
            ...(i !== undefined && { node: names[i % names.length] }),
            address: `10.0.0.${octet}`,
            asNumber: s.nodes.find((n) => n.octet === octet)?.as ?? s.as,
            filters: filter ? ['f'] : [],
          },
        ]),
      );
      const filters = { f: { export: [{ prefix: '10.9.0.0/16', action: 'accept' as const }] } };
      return readFabric({
        name: 'lab',
        asNumber: s.as,
        nodeToNodeMesh: s.mesh,
        holdTime: s.hold,
        listenPort: s.port,
        nodes,
        peers,
        filters,
      }).fabric;
    };
    fc.assert(
      fc.property(spec, spec, (a, b) => {
        const [before, after] = [build(a), build(b)];
        fc.pre(before !== undefined && after !== undefined);
        expect(impactOf(before, after).counts).toEqual(enumerated(before!, after!));
      }),
      { numRuns: 500 },
    );
  });
});
