import type { Fabric } from '../model/fabric';
import { neighboursOf, sessionsOf } from '../topology/derive';
import { FabricSlices } from '../topology/fabric-slice';
import { rejectsAll } from '../topology/verdict';
import { onCommonLinks } from './common-links';
import type { OpenQuestion } from './fields/row';
import type { ChangedSessions } from './impact';
import { names, neighbourOrRange } from './words';

/**
 * Outside neighbours with unknown routes, as no node has had a session with them: their routes may be preferred to
 * existing ones. Neighbours of new nodes without sessions to others affect nobody else. `sessions`: those that change.
 */
export function newNeighbours(was: Fabric, is: Fabric, sessions: readonly ChangedSessions[]): OpenQuestion[] {
  const { before, after } = onCommonLinks(was, is);
  const concerned = new Set(
    sessions.flatMap(({ change, from, to }) => {
      if (change === 'removed') return [];
      const ends = [...from, ...to];
      return ends.some((name) => before.nodes[name]) ? ends : [];
    }),
  );
  const known = [...neighboursIn(before, Object.keys(before.nodes))];
  const addresses = new Set(known.map(([remote]) => remote));
  // A prefix that changes is a question of its own.
  const entries = new Set(known.flatMap(([, entry, , isRange]) => (isRange ? entry : [])));
  const found = new Map<string, string>();
  for (const [remote, entry, isTaken, isRange] of neighboursIn(
    after,
    Object.keys(after.nodes).filter((name) => concerned.has(name)),
  ))
    if (isTaken && !addresses.has(remote) && !(isRange && entries.has(entry))) found.set(remote, entry);
  const areCertain = found.size > 0;
  // There may be none.
  const possible = new Set(
    sessions.flatMap(({ change, otherwise, to }) => (change === 'added' && otherwise !== undefined ? to : [])),
  );
  if (possible.size > 0)
    for (const [remote, entry, isTaken] of neighboursIn(is, concerned))
      if (isTaken && possible.has(remote)) found.set(remote, entry);
  if (found.size === 0) return [];
  const who = names([...found.keys()].map(neighbourOrRange), 3);
  return [
    {
      paths: [...new Set(found.values())],
      clause: `${areCertain ? 'adds' : 'may add'} ${who}, whose routes are not known here`,
      ask: 'a route from there may be preferred to one that nodes have now, and is then advertised instead of it: whoever runs the neighbour knows what it will send',
      mayLose: false,
      mayBring: true,
    },
  ];
}

/** Outside neighbours, as addresses or prefixes, with their entries, and whether nodes accept routes from them. */
function* neighboursIn(
  fabric: Fabric,
  nodes: Iterable<string>,
): Generator<readonly [remote: string, entry: string, isTaken: boolean, isRange: boolean]> {
  const parts = FabricSlices.of(fabric);
  for (const node of nodes) {
    if (!fabric.nodes[node]) continue;
    const part = parts.of([node], ['outside']);
    for (const { isInside, remoteAddress, importPolicy, origin } of sessionsOf(part, node))
      if (!isInside) yield [remoteAddress.toString(), origin, !rejectsAll(importPolicy), false];
    for (const { range, session } of neighboursOf(part, node))
      yield [range.toString(), session.origin, !rejectsAll(session.importPolicy), true];
  }
}
