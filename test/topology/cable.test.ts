import fc from 'fast-check';
import type { FabricSpec } from '../../lib/model/fabric';
import type { PeerSpec } from '../../lib/model/peer';
import { readFabric } from '../../lib/model/read';
import { endsOf } from '../../lib/node/ends';
import { impactOf } from '../../lib/preview/impact';
import { previewOf } from '../../lib/preview/preview';
import { simulate } from '../../lib/preview/simulate';
import { reportOf } from '../../lib/report/report';
import { sessionsOf } from '../../lib/topology/derive';
import { explainSession } from '../../lib/topology/explain';
import { lossesOf } from '../../lib/topology/losses';
import { without } from '../../lib/topology/without';
import { valid } from '../model/valid';

/** Two leaves and a spine, each in an AS of its own, on links without addresses. */
const spec = (peers: Readonly<Record<string, PeerSpec>>, more: Partial<FabricSpec> = {}) => ({
  ...{ name: 'clos', edition: 2, nodeToNodeMesh: false, peers },
  nodes: {
    leaf1: { ipv4Address: '10.0.0.1', asNumber: 65001, advertise: [{ prefix: '10.1.0.0/24' }] },
    leaf2: { ipv4Address: '10.0.0.2', asNumber: 65002, advertise: [{ prefix: '10.2.0.0/24' }] },
    spine1: { ipv4Address: '10.0.0.3', ipv6Address: 'fd00::3', asNumber: 65100 },
  },
  ...more,
});
const fabric = (...of: Parameters<typeof spec>) => valid(spec(...of));
const LEAF1 = { node: 'leaf1', interface: 'swp1', peerNode: 'spine1', peerInterface: 'swp3' };
const LEAF2 = { ...LEAF1, node: 'leaf2', peerInterface: 'swp4' };
const problems = (peers: Readonly<Record<string, object>>) =>
  readFabric(spec(peers as Readonly<Record<string, PeerSpec>>)).problems.map(
    ({ path, message }) => `${path}: ${message}`,
  );

describe('a link without addresses between two nodes', () => {
  const clos = fabric({ one: { ...LEAF1, holdTime: 9 }, two: LEAF2 });

  test('is one session that both nodes have, whatever addresses they have', () => {
    const [near] = sessionsOf(clos, 'leaf1');
    const [far, other] = sessionsOf(clos, 'spine1');
    expect([near.key, far.key, other.interface]).toEqual([
      ...['spine1%swp3 leaf1%swp1 179', 'leaf1%swp1 spine1%swp3 179', 'swp4'],
    ]);
    expect(near).toMatchObject({
      remoteNode: 'spine1',
      interface: 'swp1',
      isInside: true,
      holdTime: 9,
      multihop: false,
    });
    expect(far).toMatchObject({ remoteNode: 'leaf1', interface: 'swp3', isInside: true, holdTime: 9 });
    for (const one of [near, far]) expect(one).toMatchObject({ families: ['ipv4', 'ipv6'], extendedNextHop: true });
    expect([near.localAs.value, near.remoteAs.value, far.localAs.value, far.remoteAs.value]).toEqual([
      ...[65001, 65100, 65100, 65001],
    ]);
    expect([near.dial, far.dial].sort()).toEqual(['first', 'wait']);
    expect(near.localAddress.equals(far.remoteAddress) && far.localAddress.equals(near.remoteAddress)).toBe(true);
    expect(explainSession(clos, 'leaf1', near).made).toBe('created by peers.one: node leaf1 peers with it');
    expect(explainSession(clos, 'spine1', far).made).toContain('from the other side: leaf1 has this peer');
  });

  test('has options of one side at both, filters only where they are written, unless mirrored or written at each', () => {
    const filters = { f: { export: [{ prefix: '10.9.0.0/16', action: 'accept' as const }] } };
    const one = { ...LEAF1, filters: ['f'], ttlSecurity: 1, families: ['ipv4' as const], bfd: { passive: true } };
    const far = (peers: Readonly<Record<string, PeerSpec>>) => sessionsOf(fabric(peers, { filters }), 'spine1');
    expect(far({ one })[0]).toMatchObject({
      ttlSecurity: 1,
      families: ['ipv4'],
      bfd: { passive: false, multihop: false },
    });
    expect(far({ one })[0].exportPolicy.rules).toHaveLength(0);
    expect(far({ one: { ...one, reversePeering: 'mirror' } })[0].exportPolicy.rules).toHaveLength(1);
    expect(far({ one: { ...one, reversePeering: 'manual' } })).toHaveLength(0);
    const two: PeerSpec = { node: 'spine1', interface: 'swp3', peerNode: 'leaf1', peerInterface: 'swp1', holdTime: 30 };
    expect(far({ one, two }).map(({ origin, holdTime }) => [origin, holdTime])).toEqual([['peers.two', 30]]);
  });

  test('gives both speakers their link', () => {
    const [{ config }] = endsOf(clos, 'leaf1');
    expect(config).toMatchObject({ name: 'spine1', interface: 'swp1', unnumbered: true, inside: true });
  });

  test('is one session in the plan', () => {
    const { counts, examples } = impactOf(fabric({ two: LEAF2 }), clos);
    expect(counts).toEqual({ added: 1, removed: 0, reset: 0, retuned: 0 });
    expect(examples).toEqual(['added: leaf1 - spine1 (ipv6, peers.one)']);
    expect(impactOf(clos, fabric({ one: { ...LEAF1, holdTime: 30 }, two: LEAF2 })).reasons).toEqual({
      'reset: hold time': 1,
    });
    const moved = fabric({ one: { ...LEAF1, holdTime: 9, peerInterface: 'swp9' }, two: LEAF2 });
    expect(impactOf(clos, moved).counts).toEqual({ added: 1, removed: 1, reset: 0, retuned: 0 });
    const both = { ...LEAF1, node: 'spine1', peerNode: 'leaf1', interface: 'swp3', peerInterface: 'swp1', holdTime: 9 };
    expect(impactOf(clos, fabric({ one: { ...LEAF1, holdTime: 9 }, other: both, two: LEAF2 })).counts).toMatchObject({
      ...{ added: 0, removed: 0, reset: 0 },
    });
  });

  test('is what nodes reach each other by, in plan, simulation and report', () => {
    const after = fabric({ one: LEAF1 });
    const before = fabric({ one: LEAF1, two: LEAF2 });
    expect(lossesOf(before, before)?.final.isolated).toEqual([]);
    expect(lossesOf(before, after)?.final.isolated).toEqual(['leaf2']);
    const report = reportOf(previewOf(before, after), { before, after });
    expect(report.verdict.level).toBe('cuts');
    expect(report.verdict.line).toContain('leaf2');
    const safe = reportOf(previewOf(before, { ...before, logLevel: 'debug' }), { before, after: before });
    expect(safe.verdict.level).toBe('safe');
    // A reset interrupts what goes over the link, and nothing for ever.
    const reset = simulate(before, fabric({ one: { ...LEAF1, holdTime: 30 }, two: LEAF2 }));
    expect(reset.prefixes).toBeGreaterThan(0);
    expect(reset.gaps.filter(({ to }) => to === undefined)).toEqual([]);
    expect(simulate(before, after).gaps.filter(({ to }) => to === undefined)).not.toEqual([]);
  });

  test('goes with either node', () => {
    expect(sessionsOf(without(clos, ['spine1']), 'leaf1')).toEqual([]);
    expect(sessionsOf(without(clos, ['leaf1']), 'spine1').map(({ remoteNode }) => remoteNode)).toEqual(['leaf2']);
  });

  test('has two ends that agree, whatever is cabled', () => {
    const name = fc.constantFrom('leaf1', 'leaf2', 'spine1');
    const link = fc.constantFrom('swp1', 'swp2');
    const peer = fc.record({ node: name, interface: link, peerNode: name, peerInterface: link });
    fc.assert(
      fc.property(fc.array(peer, { maxLength: 4 }), (peers) => {
        const { fabric: one } = readFabric(spec(Object.fromEntries(peers.map((each, i) => [`p${i}`, each]))));
        if (!one) return;
        const ends = Object.keys(one.nodes).flatMap((node) =>
          sessionsOf(one, node).map((session) => ({ node, session })),
        );
        for (const { node, session } of ends) {
          const [other, ...more] = ends.filter(
            (end) => end.node === session.remoteNode && end.session.localAddress.equals(session.remoteAddress),
          );
          expect([other.session.remoteNode, more.length]).toEqual([node, 0]);
        }
        const links = ends.map(({ node, session }) => `${node}%${session.interface}`);
        expect(new Set(links).size).toBe(links.length);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test.each([
    [{ one: { ...LEAF1, asNumber: 1 } }, 'peers.one.asNumber: asNumber cannot be combined with peerNode'],
    [{ one: { ...LEAF1, peerType: 'external' } }, 'peers.one.peerType: peerType cannot be combined with peerNode'],
    [{ one: { ...LEAF1, port: 1790 } }, 'peers.one.port: port cannot be combined with peerNode'],
    [{ one: { ...LEAF1, node: undefined } }, 'peers.one.peerNode: peerNode needs a node'],
    [{ one: { ...LEAF1, peerInterface: undefined } }, 'peers.one.peerNode: peerNode needs a peerInterface'],
    [{ one: { ...LEAF1, interface: undefined } }, 'peers.one.peerNode: peerNode needs an interface'],
    [
      { one: { ...LEAF1, peerNode: undefined, asNumber: 1 } },
      'peers.one.peerInterface: peerInterface needs a peerNode',
    ],
    [{ one: { ...LEAF1, peerNode: 'spine2' } }, 'peers.one.peerNode: there is no node spine2'],
    [{ one: { ...LEAF1, peerNode: 'leaf1' } }, 'peers.one.peerNode: both ends of the link are node leaf1'],
    [
      { one: { ...LEAF1, interface: 'swp*' } },
      'peers.one.interface: swp* is a pattern, and a link ends at one interface',
    ],
    [
      { one: { ...LEAF1, peerInterface: '*' } },
      'peers.one.peerInterface: * is a pattern, and a link ends at one interface',
    ],
    [{ one: { ...LEAF1, localAddress: '10.0.0.1' } }, 'localAddress cannot be combined with interface'],
    [{ one: LEAF1, two: { ...LEAF2, peerInterface: 'swp3' } }, 'already defines a session on swp3 of node spine1'],
    [
      { one: LEAF1, up: { interface: 'swp3', peerType: 'external' } },
      'peer up already defines a session on swp3 of node',
    ],
  ])('is refused as %j, and why', (peers, why) => {
    expect(problems(peers).join('\n')).toContain(why);
  });
});
