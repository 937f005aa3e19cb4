import type { AgentStatus, RouteStatus, SessionStatus } from '../../control/status';
import type { AddressFamily } from '../../model/address';
import type { Finding } from './causes';
import { unusedFindings } from './route-codes';
import type { Kept, RouteEvidence } from './route-evidence';
import { nameOf, sessionFindings } from './session-causes';

/** Sessions of other nodes that are named; there may be thousands. */
const MOST = 20;

/** What stands in nobody's way: it is sent, or there is nothing that could be. */
const QUIET: ReadonlySet<string | undefined> = new Set(['no-path', 'from-neighbour', 'down']);

/** No path came to the node: first what keeps all of the family from it, and what those say that should have sent it, then those that have nothing to send. */
export function absenceFindings(evidence: RouteEvidence): Finding[] {
  const { status, others, neighbours, holders, unused, kept } = evidence,
    family: AddressFamily = evidence.prefix.includes(':') ? 'ipv6' : 'ipv4',
    byNode = new Map(others.map((one) => [one.node, one.status])),
    told = new Set(neighbours.map(({ node }) => node));
  const all = status.sessions.filter(({ isRetiring }) => !isRetiring),
    sessions = all.filter((one) => carries(one, family)),
    down = sessions.filter((one) => one.state !== 'Established' && mayBring(one, holders)),
    silent = others.filter(({ error }) => error !== undefined),
    isLost = ({ node }: { readonly node: string }) =>
      sessions.some((one) => one.remoteNode === node && one.state !== 'Established');
  const withheld = neighbours.flatMap(({ node, towards }): Finding[] => {
    if (!towards) return [{ cause: 'older-agent', where: node, text: 'it does not tell what it advertises' }];
    return towards.flatMap((route) => withheldFinding(node, 'the node', byNode.get(node), route));
  });
  const keeping = kept.map((one) => ({ node: one.node, found: keptFindings(one, byNode.get(one.node)) })),
    explained = new Set(keeping.flatMap(({ node, found }) => (found.length > 0 ? [node] : [])));
  return distinct([
    ...(all.length > 0 && sessions.length === 0
      ? [
          {
            cause: 'no-family' as const,
            where: status.node,
            text: `no session of this node carries ${family}${family === 'ipv6' ? ', as where it has no IPv6 address' : ''}`,
          },
        ]
      : []),
    ...silent.filter(isLost).map(silence),
    ...(holders.length + unused.length === 0
      ? [
          {
            cause: 'no-route' as const,
            where: 'all nodes',
            text: `no node that answers has a path to ${evidence.prefix}`,
          },
        ]
      : []),
    ...keeping.flatMap(({ found }) => found),
    ...withheld.filter(({ cause }) => cause !== 'older-agent'),
    ...down.flatMap((session) => sessionFindings(status, session).slice(0, 1)),
    ...unused.flatMap(({ node, route }) => unusedFindings(node, [route])),
    ...neighbours
      .flatMap(({ node }) => (holders.includes(node) ? [] : downBeyond(byNode.get(node), status.node, family, holders)))
      .slice(0, MOST),
    ...holders
      .filter((node) => !told.has(node) && !explained.has(node))
      .map((node) => ({
        cause: 'not-advertised' as const,
        where: node,
        text: `it has the route, and no session with ${status.node}: who is between the two does not pass it on`,
      })),
    ...silent.filter((one) => !isLost(one)).map(silence),
    ...withheld.filter(({ cause }) => cause === 'older-agent'),
    ...sessions
      .filter((one) => !one.isInside && one.state === 'Established')
      .map((one) => ({
        cause: 'not-sent' as const,
        where: `${status.node}: ${one.remoteAddress} (${one.origin})`,
        text: 'the session is up, and the neighbour has sent no such route',
      })),
  ]);
}

const silence = ({ node, error }: RouteEvidence['others'][number]): Finding => ({
  cause: 'no-answer',
  where: node,
  text: error!,
});

/** A cause of a whole node is found once for each of its neighbours. */
const distinct = (all: readonly Finding[]): Finding[] => [
  ...new Map(all.map((one) => [`${one.cause} ${one.where} ${one.text}`, one])).values(),
];

/** Whether routes of the family go over a session, as far as it says. */
const carries = ({ routes }: SessionStatus, family: AddressFamily): boolean =>
  Object.keys(routes).length === 0 || routes[family] !== undefined;

/** Whether a session that is down might have brought the route: any from outside, or from a node that has it. */
const mayBring = ({ isInside, remoteNode }: SessionStatus, holders: readonly string[]): boolean =>
  !isInside || (remoteNode !== undefined && holders.includes(remoteNode));

/** Sessions of a neighbouring node that are down and might have brought it the route, which it would have passed on. */
function downBeyond(
  status: AgentStatus | undefined,
  asked: string,
  family: AddressFamily,
  holders: readonly string[],
): Finding[] {
  const down = (status?.sessions ?? []).filter(
    (one) => !one.isRetiring && one.state !== 'Established' && one.remoteNode !== asked && mayBring(one, holders),
  );
  return down.flatMap((one) => (carries(one, family) ? sessionFindings(status!, one).slice(0, 1) : []));
}

/** Towards the node's own neighbours a session that is down counts, too: nothing else would bring it further. */
function keptFindings({ node, session, route }: Kept, status: AgentStatus | undefined): Finding[] {
  if (route.code === 'family') return [];
  if (route.code === 'down' && status && status.service !== 'none') return sessionFindings(status, session).slice(0, 1);
  return withheldFinding(node, nameOf(session), status, route);
}

function withheldFinding(node: string, to: string, status: AgentStatus | undefined, route: RouteStatus): Finding[] {
  const { code, reason = '', isBest } = route,
    where = `${node}: towards ${to}`;
  if (isBest || QUIET.has(code)) return [];
  if (code === 'out-of-service' || status?.service === 'none')
    return [{ cause: 'drain', where: node, text: 'it has the route, is out of service, and advertises nothing' }];
  return [
    {
      cause: code === 'policy' ? 'not-exported' : code === 'no-next-hop' ? 'next-hop' : 'not-advertised',
      where,
      text: reason,
    },
  ];
}
