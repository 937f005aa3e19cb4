import type { Fabric } from '../../model/fabric';
import { neighboursOf } from '../../topology/derive';
import { FabricSlices } from '../../topology/fabric-slice';
import type { Session } from '../../topology/session';
import { outsideEnds } from '../outside-ends';

/** The object of a fabric that sessions are derived from, by the peer or the top-of-rack neighbour that it holds. */
export function originOf({ peers, racks }: Fabric, holder: object): string | undefined {
  for (const [name, peer] of Object.entries(peers)) if (peer === holder) return `peers.${name}`;
  for (const [name, { topOfRack }] of Object.entries(racks))
    if (topOfRack.some((top) => top === holder)) return `racks.${name}`;
  return undefined;
}

const KNOWN = new WeakMap<Fabric, ReadonlyMap<string, readonly Session[]>>();

/** All sessions with outside neighbours, dynamic ones included, by the object that defines them. */
function sessionsByOrigin(fabric: Fabric): ReadonlyMap<string, readonly Session[]> {
  const known = KNOWN.get(fabric);
  if (known) return known;
  const parts = FabricSlices.of(fabric);
  const isDynamic = Object.values(fabric.peers).some(({ prefix }) => prefix !== undefined);
  const templates = isDynamic
    ? Object.keys(fabric.nodes).flatMap((node) => neighboursOf(parts.of([node], ['outside']), node))
    : [];
  const found = new Map<string, Session[]>();
  for (const { session } of [...outsideEnds(fabric), ...templates])
    found.set(session.origin, [...(found.get(session.origin) ?? []), session]);
  KNOWN.set(fabric, found);
  return found;
}

/** The sessions with outside neighbours that an object, `peers.isp` or `racks.a`, defines. */
export const outsideSessionsOf = (fabric: Fabric, origin: string | undefined): readonly Session[] =>
  (origin === undefined ? undefined : sessionsByOrigin(fabric).get(origin)) ?? [];
