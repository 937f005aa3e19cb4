import type { Fabric } from '../model/fabric';
import { sessionsOf } from '../topology/derive';
import { FabricSlices } from '../topology/fabric-slice';
import { endMeant } from '../topology/link-end';
import type { OutsideRoutes } from '../topology/outside-routes';

/** A prefix limit that an outside neighbour already exceeds. */
export interface ReachedLimit {
  readonly neighbour: string;
  /** Names of nodes. */
  readonly nodes: readonly string[];
  readonly limit: number;
  readonly sends: number;
}

/** Limits of the new release below what neighbours send now, if those of the previous release were not. */
export function limitsIn(before: Fabric, after: Fabric, { sessions, routes }: OutsideRoutes): ReachedLimit[] {
  const found = new Map<string, ReachedLimit & { nodes: string[] }>();
  const limits = [before, after].map(limitsOf);
  for (const { node, remoteAddress: neighbour, routes: name } of sessions) {
    const sends = routes[name]?.received ?? 0;
    const [was, limit] = limits.map((of) => of(node, neighbour));
    if (limit === undefined || sends <= limit || (was !== undefined && sends > was)) continue;
    const key = `${neighbour} ${limit} ${sends}`;
    const known = found.get(key);
    if (known) known.nodes.push(node);
    else found.set(key, { neighbour, nodes: [node], limit, sends });
  }
  return [...found.values()];
}

/** The limit of a node for an outside neighbour; undefined if it sets none. */
function limitsOf(fabric: Fabric): (node: string, neighbour: string) => number | undefined {
  const isAny =
    Object.values(fabric.peers).some(({ maxPrefixes }) => maxPrefixes !== undefined) ||
    Object.values(fabric.racks).some(({ topOfRack }) => topOfRack.some(({ maxPrefixes }) => maxPrefixes !== undefined));
  if (!isAny) return () => undefined;
  const parts = FabricSlices.of(fabric);
  return (node, neighbour) => {
    if (!fabric.nodes[node]) return undefined;
    const own = sessionsOf(parts.of([node], ['outside']), node);
    return endMeant(own, neighbour)?.maxPrefixes;
  };
}
