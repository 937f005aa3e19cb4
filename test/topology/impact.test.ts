import * as fc from 'fast-check';
import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { changeOf, type SessionChange } from '../../lib/topology/change';
import { nodesByAddress, sessionsOf } from '../../lib/topology/derive';
import { type ChangedSessions, impactOf } from '../../lib/topology/impact';
import { smallFabrics } from './fabrics';

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

test('a peer in the place of a mesh session is none either, and its filter retunes it alone', () => {
  const peers = { p: { node: 'n1', address: '10.0.0.2', asNumber: 64512 } };
  expect(impactOf(fabric(), fabric({ peers })).counts).toEqual({ added: 0, removed: 0, reset: 0, retuned: 0 });
  const filters = { f: { import: [{ action: 'accept' as const }] } };
  const { counts, sessions } = impactOf(fabric(), fabric({ filters, peers: { p: { ...peers.p, filters: ['f'] } } }));
  expect(counts).toEqual({ added: 0, removed: 0, reset: 0, retuned: 1 });
  expect(sessions).toMatchObject([{ change: 'retuned', reason: 'import policy', from: ['n1'], to: ['n2'] }]);
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
    { numRuns: 300 },
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
  const all = (f: Fabric) =>
    new Map(Object.keys(f.nodes).flatMap((node) => sessionsOf(f, node).map((session) => [session.key, session])));
  const [old, now] = [all(before), all(after)];
  const names = new Map([...nodesByAddress(before), ...nodesByAddress(after)]);
  const ORDER = ['added', 'removed', 'reset', 'retuned'];
  const rank = ({ change, reason }: { change: SessionChange; reason: string }) => `${ORDER.indexOf(change)} ${reason}`;
  const links = new Map<string, { rank: string; text: string }>();
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const session = now.get(key) ?? old.get(key)!,
      what = changeOf(old.get(key), now.get(key));
    const ends = [String(session.localAddress), String(session.remoteAddress)],
      link = `${ends.sort().join(' ')} ${session.port}`;
    const known = links.get(link);
    if (!what || (known && known.rank < rank(what))) continue;
    const text = line(
      what.change,
      what.reason,
      ends.map((end) => names.get(end) ?? end),
    );
    links.set(link, { rank: rank(what), text });
  }
  return [...links.values()].map(({ text }) => text).sort();
}
