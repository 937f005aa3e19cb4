import type { Fabric } from '../model/fabric';
import { routerIdIn } from '../model/router-id';

/** A node that takes the BGP identifier that another one has. */
interface TakenId {
  readonly node: string;
  readonly id: string;
  readonly from: string;
}

/**
 * Nodes that take the identifier of another node by a change in which that one gets its own. Until both have moved,
 * what reflectors tell of the one has the identifier of the other, which takes it for a loop (RFC 4456 section 8).
 */
export function takenIdsOf(before: Fabric, after: Fabric): TakenId[] {
  const holders = new Map(Object.keys(before.nodes).map((name) => [String(routerIdIn(before, name)), name]));
  return Object.keys(after.nodes).flatMap((node) => {
    const id = String(routerIdIn(after, node));
    const from = holders.get(id);
    return from === undefined || from === node || !after.nodes[from] ? [] : [{ node, id, from }];
  });
}
