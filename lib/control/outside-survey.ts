import { named } from '../model/named';
import {
  NOTHING_HEARD,
  type OutsideRoutes,
  type OutsideSession,
  type SentRoutes,
  type WorkloadRoutes,
} from '../topology/outside-routes';
import { concurrently } from './concurrency';
import { readOutside, readWorkloads } from './outside';
import type { AgentSummary } from './status';

/** Maximum number of agents queried for routes concurrently. */
const AT_ONCE = 16;
/** Maximum number of distinct tables requested, those received by most nodes first. */
const MOST_TABLES = 256;
/** Maximum total size in characters as JSON: they are stored alongside a state. */
const MOST_CHARACTERS = 8_000_000;
/** Maximum total size of the workload routes of all nodes in characters; the excess is cut evenly across nodes. */
const MOST_WORKLOAD_CHARACTERS = 1_000_000;
/** Time limit in milliseconds; what has not been received by then is unknown. */
const MOST_MS = 15_000;

/** Why something is unknown, for display. */
const WHY = {
  older: 'their agents are too old to report them',
  nonsense: 'their agents report them in a form that is not supported here',
  untold: 'they could not be fetched',
  tooMany: `more than ${MOST_TABLES} different tables are received from outside`,
  tooLarge: 'the tables received from outside are too large in total',
} as const;

/**
 * What nodes receive from outside, based on summaries requested with `outside`. What several nodes receive alike is
 * requested from one of them, and known tables are not requested again; for nodes that did not respond the previous
 * result is kept.
 */
export async function surveyOutside(
  summaries: ReadonlyMap<string, AgentSummary>,
  ask: (node: string, name: string) => Promise<SentRoutes>,
  nodes: readonly string[],
  before: OutsideRoutes = NOTHING_HEARD,
): Promise<OutsideRoutes> {
  const unknown = new Map<string, string[]>();
  const miss = (why: keyof typeof WHY, node: string) => {
    unknown.set(WHY[why], [...(unknown.get(WHY[why]) ?? []), node]);
  };
  const isHere = new Set(nodes);
  const sessions: OutsideSession[] = before.sessions.filter(({ node }) => isHere.has(node) && !summaries.has(node));
  for (const [node, { outside }] of summaries) {
    const said = outside === undefined ? undefined : readOutside(outside);
    if (said) sessions.push(...said.map((session) => ({ node, ...session })));
    else miss(outside === undefined ? 'older' : 'nonsense', node);
  }
  const hearers = new Map<string, string[]>();
  for (const { node, routes } of sessions) hearers.set(routes, [...(hearers.get(routes) ?? []), node]);
  const wanted = [...hearers].sort(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1));
  const found = new Map<string, SentRoutes>();
  const isOver = within(MOST_MS);
  await concurrently(
    wanted.slice(0, MOST_TABLES).map(([name]) => name),
    AT_ONCE,
    async (name) => {
      const known = before.routes[name];
      if (known) found.set(name, known);
      else
        for (const node of hearers.get(name)!.slice(0, 2)) {
          if (found.has(name) || isOver()) break;
          await ask(node, name).then(
            (sent) => found.set(name, sent),
            () => undefined, // another node receives the same
          );
        }
    },
  );
  let left = MOST_CHARACTERS;
  const routes: Record<string, SentRoutes> = {};
  for (const [i, [name, by]] of wanted.entries()) {
    const sent = found.get(name);
    if (sent) left -= JSON.stringify(sent).length;
    if (sent && left >= 0) routes[name] = sent;
    else for (const node of by) miss(i >= MOST_TABLES ? 'tooMany' : sent ? 'tooLarge' : 'untold', node);
  }
  // Sorted, so that the result does not depend on which agent responds first and can be shared.
  const orderOf = ({ node, remoteAddress }: OutsideSession) => `${node} ${remoteAddress}`;
  return {
    sessions: sessions
      .filter((session) => Object.hasOwn(routes, session.routes))
      .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)),
    routes,
    workloads: workloadsOf(summaries, nodes, before),
    unknown: Object.fromEntries([...unknown].sort().map(([why, all]) => [why, [...new Set(all)].sort()])),
  };
}

/** The workload routes of the nodes that reported them; for those that did not respond, the previous ones. */
function workloadsOf(
  summaries: ReadonlyMap<string, AgentSummary>,
  nodes: readonly string[],
  before: OutsideRoutes,
): Record<string, WorkloadRoutes> {
  const found = nodes.flatMap((node) => {
    const summary = summaries.get(node);
    const told = summary ? readWorkloads(summary.workloads) : before.workloads?.[node];
    return told ? [[node, told] as const] : [];
  });
  const sizeOf = (routes: WorkloadRoutes['routes']) =>
    routes.reduce((sum, route) => sum + JSON.stringify(route).length, 0);
  const isTooMuch = found.reduce((sum, [, { routes }]) => sum + sizeOf(routes), 0) > MOST_WORKLOAD_CHARACTERS;
  return named(
    found.map(([node, told]) => [node, isTooMuch ? cut(told, MOST_WORKLOAD_CHARACTERS / found.length) : told]),
  );
}

/** As many of its routes as fit into this many characters. */
function cut({ number, routes }: WorkloadRoutes, most: number): WorkloadRoutes {
  let left = most;
  const kept = routes.filter((route) => {
    left -= JSON.stringify(route).length;
    return left >= 0;
  });
  return { number, routes: kept };
}

function within(milliseconds: number): () => boolean {
  const end = performance.now() + milliseconds;
  return () => performance.now() > end;
}
