import { attributeObstacle } from '../adj-rib-in/eligibility';
import { isOfLoop } from '../adj-rib-in/ineligibility';
import { familyOfSet } from '../adj-rib-out/advertisement-rules';
import { SET, SET_PEER, SET_REFERENCES } from '../table/attribute-table';
import type { RibTables } from '../tables';

/** Routes by index of their family. */
export type ByFamily = readonly [ipv4: number, ipv6: number];

export const NO_ROUTES: ByFamily = [0, 0];

/**
 * Number of received routes that already passed this AS or its cluster, by number of the neighbour; neighbours without
 * any are omitted. Nothing uses the set of such routes, so only the routes received with it refer to it: its references
 * are their number, and no route is examined.
 */
export function loopedRoutes(tables: RibTables): ReadonlyMap<number, ByFamily> {
  const found = new Map<number, [number, number]>();
  const mayLoop = tables.peers.map((peer) => {
    if (!peer) return false;
    const { received, accepted } = peer;
    return received[0] > accepted[0] || received[1] > accepted[1];
  });
  if (!mayLoop.includes(true)) return found;
  const { attributes } = tables;
  const { sets } = attributes;
  for (let set = 1; set < attributes.limit; set++) {
    const routes = sets[set * SET + SET_REFERENCES];
    const number = sets[set * SET + SET_PEER];
    if (routes === 0 || !mayLoop[number]) continue;
    const why = attributeObstacle(tables, tables.peers[number]!, set);
    if (why === undefined || !isOfLoop(why)) continue;
    const counts = found.get(number) ?? [0, 0];
    counts[familyOfSet(attributes, set)] += routes;
    found.set(number, counts);
  }
  return found;
}
