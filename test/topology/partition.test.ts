import fc from 'fast-check';
import { ADDRESS_FAMILIES } from '../../lib/model/address';
import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { atRest } from '../../lib/topology/deploy-state';
import { type Partition, partitionsIn } from '../../lib/topology/partition';
import { Reach } from '../../lib/topology/reach';
import { smallFabrics } from './fabrics';

const NODES: NonNullable<FabricSpec['nodes']> = {
  n1: { ipv4Address: '10.0.0.1' },
  n2: { ipv4Address: '10.0.0.2' },
  n3: { ipv4Address: '10.0.0.3' },
};
const fabric = (spec: Partial<FabricSpec> = {}): Fabric => readFabric({ name: 'lab', nodes: NODES, ...spec }).fabric!;

describe('nodes that are new', () => {
  test('are told where nothing joins them, of a fabric that is new too', () => {
    expect(partitionsIn(undefined, fabric())).toEqual([]);
    expect(partitionsIn(undefined, fabric({ nodeToNodeMesh: false }))).toEqual([{ from: ['n1', 'n2', 'n3'], to: [] }]);
    const six = fabric({ nodes: { ...NODES, six: { ipv6Address: 'fd00::6' } } });
    expect(partitionsIn(undefined, six)).toEqual([{ from: ['n1', 'n2', 'n3'], to: ['six'] }]);
    expect(partitionsIn(fabric(), six)).toEqual([{ from: ['n1', 'n2', 'n3'], to: ['six'] }]);
  });

  test('are not where neighbours outside may join them', () => {
    const peers = { reflector: { address: '192.0.2.1', asNumber: 64512 } };
    expect(partitionsIn(undefined, fabric({ nodeToNodeMesh: false, peers }))).toEqual([]);
  });

  test('alone count: of those that were there it is told what they lose', () => {
    const off = fabric({ nodeToNodeMesh: false });
    expect(partitionsIn(off, off)).toEqual([]);
    expect(partitionsIn(fabric(), off)).toEqual([]);
  });

  test('of very many kinds are not looked at', () => {
    const many = Array.from({ length: 101 }, (_, i) => [`n${i}`, { ipv4Address: `10.0.1.${i}`, asNumber: i + 1 }]);
    expect(partitionsIn(undefined, fabric({ nodes: Object.fromEntries(many) }))).toBeUndefined();
  });

  test('are those that a look at every single pair finds', () => {
    fc.assert(
      fc.property(smallFabrics, smallFabrics, fc.boolean(), (before, after, isFirst) => {
        const old = isFirst ? undefined : before;
        expect(partitionsIn(old, after)!.flatMap(spelt).sort()).toEqual(enumerated(old, after));
      }),
      { numRuns: 100 },
    );
  });
});

const pair = (ends: readonly string[]) => [...ends].sort().join(' - ');

const spelt = ({ from, to }: Partition): string[] =>
  to.length > 0
    ? from.flatMap((a) => to.map((b) => pair([a, b])))
    : from.flatMap((a, i) => from.slice(i + 1).map((b) => pair([a, b])));

function enumerated(before: Fabric | undefined, after: Fabric): string[] {
  const all = Object.keys(after.nodes);
  const reaches = ADDRESS_FAMILIES.map((family) => new Reach(atRest(after), all, family));
  const hears = (reach: Reach, from: string, to: string) =>
    reach.neighbours(from).has(to) || reach.from(from).get(to) !== undefined;
  return all
    .flatMap((a, i) => all.slice(i + 1).map((b) => [a, b] as const))
    .filter(([a, b]) => !before?.nodes[a] || !before.nodes[b])
    .filter(([a, b]) => !reaches.some((reach) => hears(reach, a, b) && hears(reach, b, a)))
    .map(pair)
    .sort();
}
