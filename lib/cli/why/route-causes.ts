import type { AgentStatus, RouteStatus } from '../../control/status';
import { absenceFindings } from './absence-causes';
import type { Finding } from './causes';
import { unusedFindings } from './route-codes';
import { isLooped, type RouteEvidence } from './route-evidence';
import { sessionFindings } from './session-causes';

/**
 * Why a node has no route to a prefix, or none that carries traffic. The first finding is the cause, or the most likely
 * one.
 */
export function routeFindings(evidence: RouteEvidence): Finding[] {
  const { status, routes, isShorter, trail = [] } = evidence;
  const best = routes.find(({ isBest }) => isBest);
  const longer = best ? routes.filter(({ prefix }) => prefix !== best.prefix) : routes;
  const found = [
    ...unusedFindings(status.node, best ? longer : longer.filter((one) => !isLooped(one))),
    ...(!best || isShorter ? absenceFindings(evidence) : []),
    ...trail.flatMap((one) => (one.route.isStale ? staleFindings(one.status, one.route) : [])),
    ...(best ? bestFindings(status, best, routes) : unusedFindings(status.node, longer.filter(isLooped))),
  ];
  return found.some(({ cause }) => cause === 'used') && !isShorter ? found : [...found, ...deployFindings(status)];
}

/** There is a best route: whether it carries traffic depends on the kernel. */
function bestFindings(status: AgentStatus, best: RouteStatus, routes: readonly RouteStatus[]): Finding[] {
  const { node, kernel } = status;
  const { prefix, withheld, from } = best;
  const where = `${node}: kernel`;
  const failed = kernel.failed.find((one) => one.prefix === prefix);
  const other = kernel.beside.find((one) => one.prefix === prefix);
  return [
    ...(withheld === undefined ? [] : [{ cause: 'held-back' as const, where, text: `it is not written: ${withheld}` }]),
    ...(failed ? [{ cause: 'kernel' as const, where, text: failed.reason }] : []),
    ...(other
      ? [{ cause: 'competing' as const, where, text: `${other.protocol} has a route to it at metric ${other.metric}` }]
      : []),
    ...(best.isStale ? staleFindings(status, best) : []),
    ...(withheld === undefined && !failed
      ? [
          {
            cause: 'used' as const,
            where: node,
            text:
              from === 'local'
                ? `this node originates ${prefix}`
                : `the path to ${prefix} ${wayOf(best)} ${best.isStale ? 'is stale, and still in use' : 'is in use'}`,
          },
          ...routes
            .filter((one) => one.isBeside && one.prefix === prefix)
            .map((one) => ({
              cause: 'used' as const,
              where: node,
              text: `the path to ${prefix} ${wayOf(one)} is used beside the best path (multipath)`,
            })),
        ]
      : []),
  ];
}

const wayOf = ({ from, nextHop }: RouteStatus): string => `from ${from}${nextHop ? ` through ${nextHop}` : ''}`;

/** The path is retained from a neighbour that went down: it may no longer lead anywhere. */
function staleFindings(status: AgentStatus, { from }: RouteStatus): Finding[] {
  const down = status.sessions.find((one) => one.remoteAddress === from && one.state !== 'Established');
  const text = down
    ? 'it is retained from before the session went down, until the restart time expires'
    : 'the neighbour is up again and has not sent it again yet';
  return [
    { cause: 'stale', where: `${status.node}: path from ${from}`, text: `${text} (RFC 4724)` },
    ...(down ? sessionFindings(status, down).slice(0, 1) : []),
  ];
}

/** What a deploy has to do with it, shown with any cause. */
function deployFindings({ node, transaction: { returned, returnsInMs }, service }: AgentStatus): Finding[] {
  return [
    ...(returnsInMs === null
      ? []
      : [{ cause: 'gate' as const, where: node, text: 'a release is on trial on this node' }]),
    ...(returned ? [{ cause: 'rolled-back' as const, where: node, text: returned.reason }] : []),
    ...(service === 'full' ? [] : [{ cause: 'drain' as const, where: node, text: 'this node is out of service' }]),
  ];
}
