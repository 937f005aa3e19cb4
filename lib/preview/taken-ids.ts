import type { Fabric } from '../model/fabric';
import { routerIdIn } from '../model/router-id';

/** A node that takes over the BGP identifier of another. */
interface TakenId {
  readonly node: string;
  readonly id: string;
  readonly from: string;
}

/**
 * Nodes that take over the identifier of another node in a change in which that one gets a different one. Until both
 * have changed, routes of one that are reflected to the other have the other's identifier, and are discarded as a loop
 * (RFC 4456 section 8).
 */
export function takenIdsOf(before: Fabric, after: Fabric): TakenId[] {
  const holders = new Map(Object.keys(before.nodes).map((name) => [String(routerIdIn(before, name)), name]));
  return Object.keys(after.nodes).flatMap((node) => {
    const id = String(routerIdIn(after, node));
    const from = holders.get(id);
    return from === undefined || from === node || !after.nodes[from] ? [] : [{ node, id, from }];
  });
}
