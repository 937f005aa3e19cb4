import type { Fabric } from '../model/fabric';
import { isLike } from '../model/interface-pattern';
import { type Cable, cableOf } from '../topology/cable';
import { explicitSessionsOf } from '../topology/derive';
import { FabricSlices } from '../topology/fabric-slice';
import { isOfPattern, placed } from '../topology/link-end';
import type { Session } from '../topology/session';
import { type OutsideEnd, outsideEnds } from './outside-ends';

/** A session with a pattern that goes on without one of its links. */
interface CededLink extends OutsideEnd {
  readonly link: string;
}

/**
 * Links that a pattern loses to a new cable, as agents put sessions on links (topology/link-end.ts). Whether the link
 * is up, and has a session, is known to the node only.
 */
export function cededLinks(before: Fabric, after: Fabric): CededLink[] {
  const [old, now] = [cablesOf(before), cablesOf(after)];
  return [...now].flatMap(([node, cables]) => {
    if (![before, after].every((fabric) => hasPattern(fabric, node))) return [];
    const names = [...new Set([node, ...[...(old.get(node) ?? []), ...cables].map(({ other }) => other)])];
    const [had, has] = [before, after].map((fabric) =>
      explicitSessionsOf(FabricSlices.of(fabric).of(names, ['outside', 'named']), node),
    );
    const links = [...new Set(cables.map(({ link }) => link))];
    const stay = new Set(onPatterns(has, links).map(({ session, link }) => `${link} ${session.port}`));
    return onPatterns(had, links).flatMap(({ session, link }): CededLink[] => {
      const isMatched = has.some(
        (one) => isOfPattern(one) && one.port === session.port && isLike(link, one.interface!),
      );
      return isMatched && !stay.has(`${link} ${session.port}`) ? [{ node, session, link }] : [];
    });
  });
}

/** Cables by node: each is at both of its nodes. */
function cablesOf({ peers }: Fabric): Map<string, Cable[]> {
  const found = new Map<string, Cable[]>();
  for (const peer of Object.values(peers))
    for (const node of [peer.node, peer.peerNode]) {
      const cable = node === undefined ? undefined : cableOf(peer, node);
      if (cable) found.set(node!, [...(found.get(node!) ?? []), cable]);
    }
  return found;
}

const hasPattern = (fabric: Fabric, node: string): boolean =>
  outsideEnds(fabric, [node]).some(({ session }) => isOfPattern(session));

/** Which of these links, if they are up, have the session of a pattern. */
const onPatterns = (sessions: readonly Session[], links: readonly string[]) =>
  placed(sessions, links, (session) => session).flatMap(({ of: session, link }) =>
    link === undefined ? [] : [{ session, link }],
  );
