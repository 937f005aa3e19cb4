import type { Fabric } from '../model/fabric';
import { sessionsOf } from '../topology/derive';
import { FabricSlices } from '../topology/fabric-slice';
import { readOrigin } from '../topology/origin';
import type { Session } from '../topology/session';

/** A session of a node with an outside neighbour that has a fixed address. */
export interface OutsideEnd {
  readonly node: string;
  readonly session: Session;
}

/** All of them in a fabric, cached, as several questions go through all nodes; or those of some nodes. */
export function outsideEnds(fabric: Fabric, nodes?: Iterable<string>): readonly OutsideEnd[] {
  if (nodes) return endsIn(fabric, nodes);
  const ends = KNOWN.get(fabric) ?? endsIn(fabric, Object.keys(fabric.nodes));
  KNOWN.set(fabric, ends);
  return ends;
}

const KNOWN = new WeakMap<Fabric, readonly OutsideEnd[]>();

function endsIn(fabric: Fabric, nodes: Iterable<string>): OutsideEnd[] {
  const parts = FabricSlices.of(fabric);
  return [...nodes].flatMap((node) =>
    fabric.nodes[node]
      ? sessionsOf(parts.of([node], ['outside']), node)
          .filter(({ isInside }) => !isInside)
          .map((session) => ({ node, session }))
      : [],
  );
}

/**
 * Display names of neighbours by address: the name of the entry if it has only this neighbour, otherwise the address.
 */
export function neighbourNames(ends: readonly OutsideEnd[]): (address: string) => string {
  const entries = new Map<string, string>();
  const addresses = new Map<string, Set<string>>();
  for (const { session } of ends) {
    const address = session.remoteAddress.toString();
    entries.set(address, session.origin);
    addresses.set(session.origin, (addresses.get(session.origin) ?? new Set<string>()).add(address));
  }
  return (address) => {
    const origin = entries.get(address);
    const entry = origin === undefined ? undefined : readOrigin(origin);
    return entry?.map === 'peers' && addresses.get(origin!)!.size === 1 ? entry.name : address;
  };
}
