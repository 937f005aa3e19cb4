import type { Json } from '../../lib/model/canonical';
import { canonicalFabric } from '../../lib/model/canonical';
import { joinedFabric, partsOf } from '../../lib/model/parts';
import { readAccepted } from '../../lib/model/read';
import { valid } from './valid';

/** So many nodes, an entry of another map, and settings of the whole. */
const fabricOf = (nodes: number) =>
  valid({
    ...{ name: 'lab', asNumber: 64512, holdTime: 30 },
    nodes: Object.fromEntries(
      Array.from({ length: nodes }, (_, i) => [
        `n${i}`,
        { ipv4Address: `10.0.${i >> 8}.${i & 255}`, labels: { rack: `r${i % 9}` } },
      ]),
    ),
    filters: { all: { import: [{ action: 'accept' }] } },
  });

test.each([1, 100, 101, 250])('a fabric of %d nodes is the same after its parts were read one by one', (nodes) => {
  const fabric = fabricOf(nodes);
  const parts = partsOf(canonicalFabric(fabric) as Record<string, Json>);
  expect(parts).toHaveLength(2 + Math.ceil(nodes / 100));
  const read = parts.map((part) => readAccepted(part).fabric!);
  expect(canonicalFabric(joinedFabric(read))).toEqual(canonicalFabric(fabric));
});
