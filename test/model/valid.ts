import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';

/** A fabric of which nothing is wrong. */
export function valid(spec: FabricSpec): Fabric {
  const { fabric, problems } = readFabric(spec);
  expect(problems.map(String)).toEqual([]);
  return fabric!;
}
