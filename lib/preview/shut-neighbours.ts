import type { Fabric } from '../model/fabric';
import { policyOn, rejectsAll } from '../topology/verdict';
import type { ChangedSessions } from './impact';
import { neighbourNames, type OutsideEnd, outsideEnds } from './outside-ends';

/**
 * An outside neighbour from which nodes accepted routes, and whose routes are all rejected by the new import policy.
 */
export interface ShutNeighbour {
  /** Its address. */
  readonly neighbour: string;
  /** Display name: the name of its entry, or its address. */
  readonly name: string;
  /** Names of nodes. */
  readonly nodes: readonly string[];
}

/** Follows from the policies alone, whatever neighbours send. `sessions`: those that change. */
export function shutNeighbours(before: Fabric, after: Fabric, sessions: readonly ChangedSessions[]): ShutNeighbour[] {
  const nodes = new Set(sessions.filter(({ change }) => change !== 'removed').flatMap(({ from }) => from));
  const [was, is] = [before, after].map((fabric) => outsideEnds(fabric, nodes));
  const accepted = new Set(was.flatMap((end) => (isShut(end) ? [] : keyOf(end))));
  const nameOf = neighbourNames(is);
  const found = new Map<string, ShutNeighbour & { nodes: string[] }>();
  for (const end of is) {
    if (!accepted.has(keyOf(end)) || !isShut(end)) continue;
    const neighbour = end.session.remoteAddress.toString();
    const known = found.get(neighbour);
    if (known) known.nodes.push(end.node);
    else found.set(neighbour, { neighbour, name: nameOf(neighbour), nodes: [end.node] });
  }
  return [...found.values()];
}

const keyOf = ({ node, session }: OutsideEnd): string => `${node} ${session.remoteAddress}`;

const isShut = ({ session: { importPolicy, families, localAs, remoteAs } }: OutsideEnd): boolean =>
  rejectsAll(policyOn(importPolicy, { families, isInternal: localAs.value === remoteAs.value }));
