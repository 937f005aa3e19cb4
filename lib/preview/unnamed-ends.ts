import { ADDRESS_FAMILIES, IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import type { Prefix } from '../model/prefix';
import { addressOf, neighboursOf } from '../topology/derive';
import { FabricSlices } from '../topology/fabric-slice';
import type { OutsideEnd } from './outside-ends';

interface UnnamedEnd extends OutsideEnd {
  readonly range: Prefix;
}

/**
 * A session of each node with one made-up neighbour of each prefix whose neighbours are accepted, before and after. The
 * neighbour is the same in both if one prefix lies within the other.
 */
export function unnamedEnds(fabrics: readonly Fabric[], named: readonly OutsideEnd[]): OutsideEnd[][] {
  const all = fabrics.map(rangesIn);
  const taken = new Set([
    ...named.map(({ session }) => session.remoteAddress.toString()),
    ...fabrics.flatMap(({ nodes }) =>
      Object.values(nodes).flatMap((node) => ADDRESS_FAMILIES.flatMap((family) => String(addressOf(node, family)))),
    ),
  ]);
  const ranges = new Map<string, Map<string, Prefix>>();
  for (const { range, session } of all.flat())
    ranges.set(session.origin, (ranges.get(session.origin) ?? new Map<string, Prefix>()).set(String(range), range));
  const narrowest = ({ range, session: { origin } }: UnnamedEnd): Prefix =>
    [...ranges.get(origin)!.values()].reduce((best, other) => (best.contains(other) ? other : best), range);
  return all.map((ends) =>
    ends.flatMap((end) => {
      const remoteAddress = freeIn(narrowest(end), taken);
      return remoteAddress ? [{ node: end.node, session: { ...end.session, remoteAddress } }] : [];
    }),
  );
}

function rangesIn(fabric: Fabric): UnnamedEnd[] {
  const parts = FabricSlices.of(fabric);
  if (!Object.values(fabric.peers).some(({ prefix }) => prefix)) return [];
  return Object.keys(fabric.nodes).flatMap((node) =>
    neighboursOf(parts.of([node], ['outside']), node).map(({ range, session }) => ({ node, range, session })),
  );
}

/** Maximum number of addresses tried. */
const MOST_TRIED = 250;

/** The first address of a range after its network address that nobody has; for a single address, that one. */
function freeIn({ address, length }: Prefix, taken: ReadonlySet<string>): IpAddress | undefined {
  const room = Math.min(2 ** (8 * address.bytes.length - length), MOST_TRIED);
  for (let i = room > 2 ? 1 : 0; i < room; i++) {
    const octets = Uint8Array.from(address.bytes);
    octets[octets.length - 1] += i;
    const found = IpAddress.fromBytes(octets);
    if (!taken.has(found.toString())) return found;
  }
  return undefined;
}
