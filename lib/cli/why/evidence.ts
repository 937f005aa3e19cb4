import { agentOf, reach, statusOfAll } from '../../control/agents';
import { AgentClient, Refused } from '../../control/client';
import { concurrently } from '../../control/concurrency';
import type { AgentStatus, RouteStatus, SessionMatches } from '../../control/status';
import type { Prefix } from '../../model/prefix';
import type { RouteEvidence, Told } from './route-causes';

/** Agents that are spoken to at a time. */
const AT_ONCE = 64;
/** Routes of one agent that are looked at: of one prefix there are not many. */
const MOST = 1000;

/** Asks the node, and where it has no path at all those that might have given it one. */
export async function routeEvidence(via: string, node: string, prefix: Prefix): Promise<RouteEvidence> {
  const agent = await agentOf(via, node),
    [status, routes] = await Promise.all([agent.status(), routesOf(agent, prefix)]),
    nothing = { neighbours: [], others: [], holders: [], unused: [] };
  if (routes.length > 0) return { prefix: String(prefix), status, routes, ...nothing };
  const [first, answers, endpoints] = await Promise.all([
    new AgentClient(via).summary(),
    statusOfAll(via),
    new AgentClient(via).endpoints(),
  ]);
  const others = answers.filter((one) => one.node !== node),
    neighbours: Told[] = [],
    holders: string[] = [],
    unused: { node: string; route: RouteStatus }[] = [];
  await concurrently(others, AT_ONCE, async ({ node: name, status: its }) => {
    if (!its) return;
    const one = name === first.node ? new AgentClient(via) : await reach(via, name, endpoints[name]),
      known = await routesOf(one, prefix);
    if (known.some(({ isBest }) => isBest)) holders.push(name);
    else unused.push(...known.map((route) => ({ node: name, route })));
    const towards = await towardsNode(one, its, node, prefix);
    if (towards !== 'no-session') neighbours.push({ node: name, towards });
  });
  const byName = <T extends { readonly node: string }>(all: T[]): T[] =>
    all.sort((a, b) => a.node.localeCompare(b.node, 'en', { numeric: true }));
  return {
    ...{ prefix: String(prefix), status, routes, others },
    ...{ neighbours: byName(neighbours), holders: holders.sort(), unused: byName(unused) },
  };
}

/** What the filters of a node's sessions decide, by key; none of an older agent. */
export async function matchesOf(agent: AgentClient): Promise<ReadonlyMap<string, SessionMatches>> {
  const all = await agent.matches().catch(ifUnknown([]));
  return new Map(all.map((one) => [one.key, one]));
}

async function routesOf(agent: AgentClient, prefix: Prefix): Promise<RouteStatus[]> {
  return listed(agent.routes({ match: 'exact', prefix }));
}

async function listed(routes: AsyncIterable<RouteStatus>): Promise<RouteStatus[]> {
  const found: RouteStatus[] = [];
  for await (const route of routes) if (found.push(route) === MOST) break;
  return found;
}

/** What a node sends of the prefix over its sessions with another one, and why it does not. */
async function towardsNode(
  agent: AgentClient,
  { sessions }: AgentStatus,
  node: string,
  prefix: Prefix,
): Promise<RouteStatus[] | undefined | 'no-session'> {
  const addresses = new Set(sessions.flatMap((one) => (one.remoteNode === node ? [one.remoteAddress] : [])));
  if (addresses.size === 0) return 'no-session';
  const all: RouteStatus[] = [];
  for (const neighbour of addresses) {
    const routes = await listed(agent.exchanged({ neighbour, side: 'advertised', prefix })).catch(ifUnknown(undefined));
    if (!routes) return undefined;
    all.push(...routes);
  }
  // Over which session the family goes is no matter.
  return all.some(({ code }) => code !== 'family') ? all.filter(({ code }) => code !== 'family') : all;
}

/** What stands for the answer of an agent that does not know the question. */
const ifUnknown =
  <T>(instead: T) =>
  (error: Error): T => {
    if (error instanceof Refused && error.code === 'unknown') return instead;
    throw error;
  };
