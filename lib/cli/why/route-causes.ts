import type { AgentStatus, RouteStatus, SessionStatus } from '../../control/status';
import type { Cause, Finding } from './causes';
import { sessionFindings } from './session-causes';

/** What a neighbouring node says of the prefix. */
export interface Told {
  readonly node: string;
  /** What it sends to the node in question, or why it does not; undefined: it is of an older version. */
  readonly towards: readonly RouteStatus[] | undefined;
}

/** What was found out about a prefix on a node. */
export interface RouteEvidence {
  readonly prefix: string;
  readonly status: AgentStatus;
  /** The node's own paths to it. */
  readonly routes: readonly RouteStatus[];
  /** Where it has none: what the nodes say that it has sessions with. */
  readonly neighbours: readonly Told[];
  /** Where it has none: the status of the other nodes, or why one does not answer. */
  readonly others: readonly { readonly node: string; readonly status?: AgentStatus; readonly error?: string }[];
  /** Other nodes that have a path in use. */
  readonly holders: readonly string[];
  /** Other nodes that have paths of which none may be used. */
  readonly unused: readonly { readonly node: string; readonly route: RouteStatus }[];
}

/** Why a path may not be used, by the agent's word for it; a step of the decision is no cause. */
const CODES: Readonly<Record<string, Cause>> = {
  policy: 'filtered',
  martian: 'martian',
  'as-loop': 'as-loop',
  'next-hop': 'next-hop',
  'next-hop-own': 'next-hop',
  'next-hop-mapped': 'next-hop',
  'next-hop-link-local': 'next-hop',
  'next-hop-off-link': 'next-hop',
  'next-hop-default': 'next-hop',
  'next-hop-recursive': 'next-hop',
};

/** The same by the words of an older agent. */
const WORDS: readonly (readonly [RegExp, Cause])[] = [
  [/rejected by import policy/, 'filtered'],
  [/martian/, 'martian'],
  [/AS number of this node is in AS_PATH/, 'as-loop'],
  [/^the next hop/, 'next-hop'],
];

/** The cause for which a path is not used. */
function causeOfRoute({ code, reason = '' }: RouteStatus): Cause {
  if (code !== undefined) return CODES[code] ?? 'ineligible';
  return WORDS.find(([words]) => words.test(reason))?.[1] ?? 'ineligible';
}

/** Why a node has no route to a prefix, or none that carries traffic. The first is the cause, or the likeliest. */
export function routeFindings(evidence: RouteEvidence): Finding[] {
  const { status, routes } = evidence,
    best = routes.find(({ isBest }) => isBest);
  const found = best
    ? bestFindings(status, best)
    : routes.length > 0
      ? unusedFindings(status.node, routes)
      : noPath(evidence);
  return found.some(({ cause }) => cause === 'used') ? found : [...found, ...deployFindings(status)];
}

const unusedFindings = (node: string, routes: readonly RouteStatus[]): Finding[] =>
  routes.map((route) => ({
    cause: causeOfRoute(route),
    where: `${node}: path from ${route.from}`,
    text: route.reason ?? 'it is not used',
  }));

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
                ? 'this node originates it'
                : `the path from ${from}${nextHop ? ` through ${nextHop}` : ''} is in use`,
          },
        ]
      : []),
  ];
}

/** Nothing came: what those say that should have sent it, then those that have nothing to send. */
function noPath(evidence: RouteEvidence): Finding[] {
  const { status, others, neighbours, holders, unused } = evidence;
  const byNode = new Map(others.map((one) => [one.node, one.status]));
  const withheld = neighbours.flatMap(({ node, towards }): Finding[] => {
    if (!towards) return [{ cause: 'older-agent', where: node, text: 'it does not tell what it advertises' }];
    return towards.flatMap((route) => withheldFinding(node, byNode.get(node), route));
  });
  const sessions = status.sessions.filter(({ isRetiring }) => !isRetiring),
    down = sessions.filter((one) => one.state !== 'Established' && mayBring(one, holders)),
    told = new Set(neighbours.map(({ node }) => node));
  return [
    ...(holders.length + unused.length === 0
      ? [{ cause: 'no-route' as const, where: 'all nodes', text: 'no node that answers has a path to it' }]
      : []),
    ...withheld.filter(({ cause }) => cause !== 'older-agent'),
    ...down.flatMap((session) => sessionFindings(status, session).slice(0, 1)),
    ...unused.map(({ node, route }) => ({
      cause: causeOfRoute(route),
      where: `${node}: path from ${route.from}`,
      text: route.reason ?? 'it is not used',
    })),
    ...holders
      .filter((node) => !told.has(node))
      .map((node) => ({
        cause: 'not-advertised' as const,
        where: node,
        text: `it has the route, and no session with ${status.node}: who is between the two does not pass it on`,
      })),
    ...others
      .filter(({ error }) => error !== undefined)
      .map(({ node, error }) => ({ cause: 'no-answer' as const, where: node, text: error! })),
    ...withheld.filter(({ cause }) => cause === 'older-agent'),
    ...sessions
      .filter((one) => !one.isInside && one.state === 'Established')
      .map((one) => ({
        cause: 'not-sent' as const,
        where: `${status.node}: ${one.remoteAddress} (${one.origin})`,
        text: 'the session is up, and the neighbour has sent no such route',
      })),
  ];
}

/** Whether a session that is down might have brought the route: any from outside, or from a node that has it. */
const mayBring = ({ isInside, remoteNode }: SessionStatus, holders: readonly string[]): boolean =>
  !isInside || (remoteNode !== undefined && holders.includes(remoteNode));

function withheldFinding(node: string, status: AgentStatus | undefined, route: RouteStatus): Finding[] {
  const { code, reason = '', isBest } = route,
    where = `${node}: towards the node`;
  if (isBest || code === 'no-path' || code === 'from-neighbour' || code === 'down') return [];
  if (status && status.service !== 'full')
    return [{ cause: 'drain', where: node, text: 'it has the route, is out of service, and advertises nothing' }];
  return [
    {
      cause: code === 'policy' ? 'not-exported' : code === 'no-next-hop' ? 'next-hop' : 'not-advertised',
      where,
      text: reason,
    },
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
