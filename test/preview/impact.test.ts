import fc from 'fast-check';
import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { withFormerSecrets } from '../../lib/model/former-secrets';
import { changeOfSession } from '../../lib/node/change';
import { endsOf, type SessionEnd } from '../../lib/node/ends';
import { localAsAfter } from '../../lib/node/local-as';
import { type ChangedSessions, impactOf } from '../../lib/preview/impact';
import { nodesByAddress } from '../../lib/topology/derive';
import type { SessionChange } from '../../lib/topology/session-change';
import { share } from '../breadth';
import { valid } from '../model/valid';
import { fabricPairs } from '../node/pairs';
import { smallFabrics } from '../topology/fabrics';

const fabric = (spec: Partial<FabricSpec> = {}): Fabric => valid({ name: 'lab', nodes: NODES, ...spec });
const NODES: FabricSpec['nodes'] = {
  n1: { ipv4Address: '10.0.0.1', ipv6Address: 'fd00::1' },
  n2: { ipv4Address: '10.0.0.2', ipv6Address: 'fd00::2' },
  n3: { ipv4Address: '10.0.0.3' },
};

test('the mesh switched off counts every session of it, and names some', () => {
  const { counts, reasons, examples } = impactOf(fabric(), fabric({ nodeToNodeMesh: false }));
  expect(counts).toEqual({ added: 0, removed: 4, reset: 0, retuned: 0 });
  expect(reasons).toEqual({ 'removed: nodeToNodeMesh': 4 });
  expect(examples).toContain('removed: n1 - n2 (ipv6, nodeToNodeMesh)');
  expect(examples).toHaveLength(4);
});

test('nothing changed is no impact', () => {
  const counts = { added: 0, removed: 0, reset: 0, retuned: 0 };
  expect(impactOf(fabric(), fabric())).toEqual({ counts, reasons: {}, sessions: [], examples: [] });
});

test('a secret that is delivered again may reset the sessions that sign with it, and no others', () => {
  const signed = (more: Partial<FabricSpec> = {}) =>
    fabric({
      meshPassword: 'secret:mesh',
      peers: { tor: { node: 'n1', address: '10.0.0.254', asNumber: 65000, password: 'file:/tor' } },
      ...more,
    });
  const again = (more: Partial<FabricSpec>) => impactOf(withFormerSecrets(signed()), signed(more));
  const { counts, reasons, sessions, examples } = again({});
  expect(counts).toEqual({ added: 0, removed: 0, reset: 4, retuned: 0 });
  expect(reasons).toEqual({ 'reset: password if secret:mesh has a new value': 4 });
  for (const group of sessions) expect(group.otherwise).toBe('nothing');
  expect(examples).toContain('reset: n1 - n2 (ipv6, password if secret:mesh has a new value)');
  expect(again({ holdTime: 30 }).reasons).toEqual({ 'reset: hold time': 5 });
  expect(again({ meshPassword: 'secret:next' }).reasons).toEqual({ 'reset: password': 4 });
  const plain = fabric({ meshPassword: 'env:MESH' });
  expect(withFormerSecrets(plain)).toBe(plain);
});

test('a peer in the place of a mesh session is none either, and its filter retunes it alone', () => {
  const peers = { p: { node: 'n1', address: '10.0.0.2', asNumber: 64512 } };
  expect(impactOf(fabric(), fabric({ peers })).counts).toEqual({ added: 0, removed: 0, reset: 0, retuned: 0 });
  const filters = { f: { import: [{ action: 'accept' as const }] } };
  const { counts, sessions } = impactOf(fabric(), fabric({ filters, peers: { p: { ...peers.p, filters: ['f'] } } }));
  expect(counts).toEqual({ added: 0, removed: 0, reset: 0, retuned: 1 });
  expect(sessions).toMatchObject([{ change: 'retuned', reason: 'import policy', from: ['n1'], to: ['n2'] }]);
});

test('a neighbour outside that knows a node by its former AS number is retuned, as the node keeps that towards it', () => {
  const tor = (asNumber: number) => ({ tor: { node: 'n1', address: '10.0.0.254', asNumber } });
  const before = fabric({ peers: tor(65000) });
  const reasons = (asNumber: number) => impactOf(before, fabric({ asNumber: 67111, peers: tor(asNumber) })).reasons;
  expect(reasons(65000)).toEqual({ 'reset: AS number': 4, 'retuned: AS number of the node': 1 });
  expect(reasons(65001)).toEqual({ 'reset: AS number': 5 });
});

test('one that a node kept its former AS number for takes the new one only with the AS numbers of its entry', () => {
  const filters = { f: { import: [{ action: 'accept' as const }] } };
  const to = (more: object, asNumber = 67111) =>
    fabric({ asNumber, filters, peers: { tor: { node: 'n1', address: '10.0.0.254', asNumber: 65000, ...more } } });
  const kept = { n1: { '10.0.0.1 10.0.0.254 179': 64512 } };
  for (const known of [kept, {}])
    expect(impactOf(to({}), to({ filters: ['f'] }), known).reasons).toEqual({ 'retuned: import policy': 1 });
  expect(impactOf(to({}), to({ localAsNumber: 67111 }), kept).reasons).toEqual({ 'reset: AS number': 1 });
  expect(impactOf(to({}), to({ localAsNumber: 67111 })).reasons).toEqual({});
  expect(impactOf(to({}), to({}, 67112), kept).reasons).toMatchObject({ 'retuned: AS number of the node': 1 });
  expect(impactOf(to({}), to({}, 64512), kept).reasons).toMatchObject({ 'retuned: AS number of the node': 1 });
});

test('identity that is no part of a session is told: a cluster id, an own address that routes can have as next hop', () => {
  const all = (clusterId: string) => fabric({ routeReflectors: { all: { reflectors: ['n1'], clusterId } } });
  expect(impactOf(all('1.1.1.1'), all('2.2.2.2')).reasons).toEqual({ 'retuned: cluster ID': 3 });
  const peers = {
    tor: { node: 'n1', address: '10.0.0.254', asNumber: 65000, families: ['ipv4' as const, 'ipv6' as const] },
  };
  const nodes = { ...NODES, n1: { ipv4Address: '10.0.0.1', ipv6Address: 'fd00::11' } };
  expect(impactOf(fabric({ peers }), fabric({ peers, nodes })).reasons).toEqual({
    'added: nodeToNodeMesh': 1,
    'removed: nodeToNodeMesh': 1,
    "retuned: the node's addresses": 1,
  });
});

test('neighbours that come from a prefix are one', () => {
  const peers = (prefix: string, holdTime: number) => ({ hosts: { node: 'n1', prefix, asNumber: 65000, holdTime } });
  const [before, ...afters] = [
    ...[peers('10.9.0.0/16', 90), peers('10.9.0.0/16', 30), peers('10.8.0.0/16', 90), peers('10.8.0.0/15', 90)],
  ].map((all) => fabric({ peers: all }));
  expect(afters.map((after) => impactOf(before, after).examples)).toEqual([
    ['reset: n1 - 10.9.0.0/16 (ipv4, hold time)'],
    ['removed: n1 - 10.9.0.0/16 (ipv4, peers.hosts)', 'added: n1 - 10.8.0.0/16 (ipv4, peers.hosts)'],
    ['retuned: n1 - 10.8.0.0/15 (ipv4, prefix of neighbours)'],
  ]);
});

test('12,497,500 sessions of 5,000 nodes are one group', () => {
  const nodes = Object.fromEntries(
    Array.from({ length: 5000 }, (_, i) => [`n${i}`, { ipv4Address: `10.0.${i >> 8}.${i & 255}` }]),
  );
  const { counts, sessions } = impactOf(undefined, fabric({ nodes }));
  expect(counts.added).toBe(12497500);
  expect(sessions.map(({ from, to }) => [from.length, to.length])).toEqual([[5000, 0]]);
});

test('every change of every session is told, as enumerating all of them tells it', () => {
  fc.assert(
    fc.property(smallFabrics, smallFabrics, (before, after) => {
      expect(impactOf(before, after).sessions.flatMap(spelt).sort()).toEqual(enumerated(before, after));
    }),
    { numRuns: share(300) },
  );
});

test('and so it is where any field of any object is another one', () => {
  fc.assert(
    fc.property(fabricPairs, ([before, after]) => {
      expect(impactOf(before, after).sessions.flatMap(spelt).sort()).toEqual(enumerated(before, after));
    }),
    { numRuns: share(100), seed: 12 },
  );
});

const line = (change: SessionChange, reason: string, ends: readonly string[]) =>
  `${change}: ${reason}: ${[...ends].sort().join(' - ')}`;

/** Each session of a group by itself. */
function spelt({ change, reason, number, from, to, except }: ChangedSessions): string[] {
  const all =
    to.length > 0
      ? from.flatMap((a) => to.map((b) => [a, b]))
      : from.flatMap((a, i) => from.slice(i + 1).map((b) => [a, b]));
  const lines = all.map((ends) => line(change, reason, ends));
  for (const pair of except) lines.splice(lines.indexOf(line(change, reason, pair)), 1);
  expect(lines).toHaveLength(number);
  return lines;
}

/** The slow and obvious way: every session of every node, both ends as one. */
function enumerated(before: Fabric, after: Fabric): string[] {
  const linkOf = ({ config: { localAddress, remoteAddress, port } }: SessionEnd) =>
    `${[String(localAddress), String(remoteAddress)].sort().join(' ')} ${port}`;
  const names = new Map<string, string>();
  const all = (f: Fabric, former?: Fabric) => {
    const links = new Map<string, Map<string, SessionEnd>>();
    for (const name of Object.keys(f.nodes))
      for (const end of endsOf(f, name, localAsAfter(former && { fabric: former }, f, name))) {
        const ends = links.get(linkOf(end)) ?? new Map<string, SessionEnd>();
        links.set(linkOf(end), ends.set(end.config.key, end));
        names.set(String(end.config.localAddress), name);
      }
    return links;
  };
  const [old, now] = [all(before), all(after, before)];
  for (const f of [before, after]) for (const [address, name] of nodesByAddress(f)) names.set(address, name);
  return [...new Set([...old.keys(), ...now.keys()])]
    .flatMap((link) => {
      const change = changeOfSession(old.get(link) ?? new Map(), now.get(link) ?? new Map());
      const ends = link.split(' ').slice(0, 2);
      return change
        ? [
            line(
              change.change,
              change.reason,
              ends.map((end) => names.get(end) ?? end),
            ),
          ]
        : [];
    })
    .sort();
}
