import type { Fabric } from '../model/fabric';
import { isLike } from '../model/interface-pattern';
import { cableOf } from '../topology/cable';
import { explicitSessionsOf } from '../topology/derive';
import { isOfPattern } from '../topology/link-end';
import { type OutsideEnd, outsideEnds } from './outside-ends';

/** A session with a pattern that goes on without one of its links. */
interface CededLink extends OutsideEnd {
  readonly link: string;
}

/**
 * Links that a pattern loses to a new cable: a link has one session, and one with a name comes first
 * (topology/link-end.ts). Whether the link is up, and has a session, is known to the node only.
 */
export function cededLinks(before: Fabric, after: Fabric): CededLink[] {
  return [...cabledLinks(after)].flatMap(([node, links]) => {
    if (!before.nodes[node] || !after.nodes[node]) return [];
    const [had, has] = [before, after].map((fabric) =>
      outsideEnds(fabric, [node]).filter(({ session }) => isOfPattern(session)),
    );
    if (had.length === 0) return [];
    const named = new Set(explicitSessionsOf(before, node).map(({ interface: link }) => link));
    return [...links].flatMap((link): CededLink[] => {
      const matches = ({ session }: OutsideEnd) =>
        session.port === after.listenPort && isLike(link, session.interface!);
      const end = named.has(link) ? undefined : had.find(matches);
      return end && has.some(matches) ? [{ ...end, link }] : [];
    });
  });
}

/** The links of cables, by node. */
function cabledLinks({ peers }: Fabric): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const peer of Object.values(peers))
    for (const node of [peer.node, peer.peerNode]) {
      const cable = node === undefined ? undefined : cableOf(peer, node);
      if (cable) found.set(node!, (found.get(node!) ?? new Set<string>()).add(cable.link));
    }
  return found;
}
