import type { Fabric } from '../model/fabric';
import { explicitSessionsOf } from './derive';
import { FabricSlices } from './fabric-slice';

/** The TTL of packets from a neighbour on the link (RFC 5881 section 5). */
const ON_LINK = 255;

/**
 * Peers whose `bfd.minimumTtl` has no effect, by name: all of their neighbours are on the link, where the minimum is
 * always 255.
 */
export function idleBfdTtls(fabric: Fabric): string[] {
  const named = Object.entries(fabric.peers).filter(
    ([, { bfd, peerSelector }]) => !peerSelector && (bfd?.minimumTtl ?? ON_LINK) !== ON_LINK,
  );
  if (named.length === 0) return [];
  const parts = FabricSlices.of(fabric);
  const sessions = Object.keys(fabric.nodes).flatMap((node) => explicitSessionsOf(parts.of([node], ['outside']), node));
  return named.flatMap(([name]) => {
    const own = sessions.filter(({ origin }) => origin === `peers.${name}`);
    return own.length > 0 && own.every(({ bfd }) => bfd?.multihop === false) ? [name] : [];
  });
}
