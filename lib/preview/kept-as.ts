import type { Fabric } from '../model/fabric';
import { saysSameAsNumbers } from '../node/local-as';
import type { OpenQuestion } from './fields/row';
import { outsideEnds } from './outside-ends';

/**
 * Outside neighbours whose entries specify AS numbers differently, although the numbers are the same. A node may
 * present an earlier number to such a neighbour, which only its agent knows: the change ends that.
 */
export function keptAsQuestions(before: Fabric, after: Fabric): OpenQuestion[] {
  const is = new Map(outsideEnds(after).map(({ node, session }) => [`${node} ${session.key}`, session]));
  const concerned = outsideEnds(before).flatMap(({ node, session: old }) => {
    const session = is.get(`${node} ${old.key}`);
    const isSame = session?.localAs.equals(old.localAs) && session.remoteAs.equals(old.remoteAs);
    return session && isSame && !saysSameAsNumbers([before, old], [after, session]) ? [session.origin] : [];
  });
  if (concerned.length === 0) return [];
  return [
    {
      paths: [...new Set(concerned)],
      clause: 'ends the use of an earlier AS number towards the neighbour, if a node has kept one',
      ask: 'since its own AS number changed, a node may present the previous one to the neighbour; its session is then reset, and the neighbour must expect the new one. A plan, --via and peerform sessions show which number each session uses',
      mayLose: true,
    },
  ];
}
