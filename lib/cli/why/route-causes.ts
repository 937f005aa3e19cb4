import type { AgentStatus, RouteStatus } from '../../control/status';
import { absenceFindings } from './absence-causes';
import type { Finding } from './causes';
import { unusedFindings } from './route-codes';
import type { RouteEvidence } from './route-evidence';

/** Why a node has no route to a prefix, or none that carries traffic. The first is the cause, or the likeliest. */
export function routeFindings(evidence: RouteEvidence): Finding[] {
  const { status, routes } = evidence,
    best = routes.find(({ isBest }) => isBest),
    longer = best ? routes.filter(({ prefix }) => prefix !== best.prefix) : routes;
  const found = [
    ...unusedFindings(status.node, longer),
    ...(best ? bestFindings(status, best) : routes.length > 0 ? [] : absenceFindings(evidence)),
  ];
  return found.some(({ cause }) => cause === 'used') ? found : [...found, ...deployFindings(status)];
}

/** The best route is there: whether it carries the traffic is the kernel's. */
function bestFindings({ node, kernel }: AgentStatus, best: RouteStatus): Finding[] {
  const { prefix, withheld, from, nextHop } = best,
    where = `${node}: kernel`,
    failed = kernel.failed.find((one) => one.prefix === prefix),
    other = kernel.beside.find((one) => one.prefix === prefix);
  return [
    ...(withheld === undefined ? [] : [{ cause: 'held-back' as const, where, text: `it is not written: ${withheld}` }]),
    ...(failed ? [{ cause: 'kernel' as const, where, text: failed.reason }] : []),
    ...(other
      ? [{ cause: 'competing' as const, where, text: `${other.protocol} has a route to it at metric ${other.metric}` }]
      : []),
    ...(withheld === undefined && !failed
      ? [
          {
            cause: 'used' as const,
            where: node,
            text:
              from === 'local'
                ? `this node originates ${prefix}`
                : `the path to ${prefix} from ${from}${nextHop ? ` through ${nextHop}` : ''} is in use`,
          },
        ]
      : []),
  ];
}

/** What a deploy has to do with it: to be told beside any cause. */
function deployFindings({ node, transaction: { returned, returnsInMs }, service }: AgentStatus): Finding[] {
  return [
    ...(returnsInMs === null
      ? []
      : [{ cause: 'gate' as const, where: node, text: 'a release is on trial on this node' }]),
    ...(returned ? [{ cause: 'rolled-back' as const, where: node, text: returned.reason }] : []),
    ...(service === 'full' ? [] : [{ cause: 'drain' as const, where: node, text: 'this node is out of service' }]),
  ];
}
