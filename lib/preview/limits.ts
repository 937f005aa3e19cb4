import type { Fabric } from '../model/fabric';
import { sessionsOf } from '../topology/derive';
import { FabricSlices } from '../topology/fabric-slice';
import type { OutsideRoutes } from '../topology/outside-routes';

/** A limit of prefixes that an outside neighbour is beyond already. */
export interface ReachedLimit {
  readonly neighbour: string;
  /** Names of nodes. */
  readonly nodes: readonly string[];
  readonly limit: number;
  readonly sends: number;
}

/** Limits of the new release that are lower than what neighbours send now, where those of the previous were not. */
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

/** The limit of a node for an outside neighbour; undefined: it has none of its own. */
function limitsOf(fabric: Fabric): (node: string, neighbour: string) => number | undefined {
  const isAny =
    Object.values(fabric.peers).some(({ maxPrefixes }) => maxPrefixes !== undefined) ||
    Object.values(fabric.racks).some(({ topOfRack }) => topOfRack.some(({ maxPrefixes }) => maxPrefixes !== undefined));
  if (!isAny) return () => undefined;
  const parts = FabricSlices.of(fabric);
  return (node, neighbour) => {
    if (!fabric.nodes[node]) return undefined;
    const own = sessionsOf(parts.of([node], ['outside']), node);
    return own.find(({ remoteAddress }) => remoteAddress.toString() === neighbour)?.maxPrefixes;
  };
}
