import { type AgentAnswer, agentOf, reach, statusOfAll } from '../../control/agents';
import { AgentClient, Refused, Unreachable } from '../../control/client';
import { concurrently } from '../../control/concurrency';
import type { RouteQuery } from '../../control/protocol';
import type { AgentStatus, RouteStatus, SessionMatches, SessionStatus } from '../../control/status';
import { Prefix } from '../../model/prefix';
import { decisive, type Kept, type RouteEvidence, type Told } from './route-evidence';

/** Agents that are spoken to at a time. */
const AT_ONCE = 64;
/** Routes of one agent that are looked at: of one prefix there are not many. */
const MOST = 1000;
/** Routes of one neighbour that are looked through for those that are not accepted. */
const MOST_OF_SESSION = 200_000;
/** Neighbours of a node that it is asked about. */
const MOST_NEIGHBOURS = 32;

/** Another node, and its paths to what is asked about. */
interface Other extends AgentAnswer {
  readonly agent?: AgentClient;
  readonly known: readonly RouteStatus[];
}

/**
 * Asks the node, and where it has no path at all those that might have given it one. `query`: a prefix, or an address and all that covers it, of which the longest
 * prefix counts.
 */
export async function routeEvidence(via: string, node: string, query: RouteQuery): Promise<RouteEvidence> {
  const agent = await agentOf(via, node),
    [status, all] = await Promise.all([agent.status(), listed(agent.routes(query))]),
    routes = decisive(all),
    nothing = { neighbours: [], others: [], holders: [], unused: [], kept: [] };
  if (routes.length > 0) return { prefix: routes.at(-1)!.prefix, status, routes, ...nothing };
  const others = await othersOf(via, node, query),
    prefix = longest(others.flatMap(({ known }) => known)) ?? query.prefix,
    isThis = (route: RouteStatus) => route.prefix === String(prefix),
    having = others.flatMap((one) => {
      const best = one.known.find((route) => isThis(route) && route.isBest);
      return best ? [{ ...one, best }] : [];
    }),
    neighbours: Told[] = [],
    kept: Kept[] = [];
  await concurrently(others, AT_ONCE, async ({ node: name, agent: one, status: its }) => {
    if (!one || !its) return;
    const towards = await towardsNode(one, its, node, prefix);
    if (towards !== 'no-session') neighbours.push({ node: name, towards });
  });
  const told = new Set(neighbours.map((one) => one.node)),
    origins = having.filter((one) => isOrigin(one.status, one.best));
  await concurrently(
    (origins.length > 0 ? origins : having).filter((one) => !told.has(one.node)),
    AT_ONCE,
    async ({ node: name, agent: one, status: its }) => {
      for (const session of its!.sessions.filter(({ isRetiring }) => !isRetiring).slice(0, MOST_NEIGHBOURS)) {
        const towards = await towardsOne(one!, session.remoteAddress, prefix);
        kept.push(...(towards ?? []).map((route) => ({ node: name, session, route })));
      }
    },
  );
  const unused = others
    .filter(({ node: name }) => !having.some((one) => one.node === name))
    .flatMap(({ node: name, known }) => known.filter(isThis).map((route) => ({ node: name, route })));
  return {
    ...{ prefix: String(prefix), status, routes, others, unused },
    ...{ neighbours: byName(neighbours), holders: having.map((one) => one.node), kept: byName(kept) },
  };
}

const byName = <T extends { readonly node: string }>(all: T[]): T[] =>
  all.sort((a, b) => a.node.localeCompare(b.node, 'en', { numeric: true }));

function longest(routes: readonly RouteStatus[]): Prefix | undefined {
  const prefixes = routes.flatMap(({ prefix }) => {
    const known = Prefix.parse(prefix);
    return known instanceof Prefix ? [known] : [];
  });
  return prefixes.reduce<Prefix | undefined>(
    (one, other) => (one && one.length >= other.length ? one : other),
    undefined,
  );
}

/** Whether the route begins at this node: its own, or one of a neighbour outside. */
const isOrigin = (status: AgentStatus | undefined, { from }: RouteStatus): boolean =>
  from === 'local' || status?.sessions.some((one) => one.remoteAddress === from && !one.isInside) === true;

/** The other nodes of the fabric, by name. */
async function othersOf(via: string, node: string, query: RouteQuery): Promise<Other[]> {
  const first = new AgentClient(via),
    [{ node: nearest }, answers, endpoints] = await Promise.all([first.summary(), statusOfAll(via), first.endpoints()]);
  const others: Other[] = [];
  const all = answers.filter((one) => one.node !== node);
  const failed = await concurrently(all, AT_ONCE, async (one) => {
    if (!one.status) return void others.push({ ...one, known: [] });
    const agent = one.node === nearest ? first : await reach(via, one.node, endpoints[one.node]);
    others.push({ ...one, agent, known: await listed(agent.routes(query)) });
  });
  for (const [{ node: name }, { message }] of failed) others.push({ node: name, error: message, known: [] });
  return byName(others);
}

/** What the filters of a node's sessions decide, by key; none of an older agent. */
export async function matchesOf(agent: AgentClient): Promise<ReadonlyMap<string, SessionMatches>> {
  const all = await agent.matches().catch(ifUnknown([]));
  return new Map(all.map((one) => [one.key, one]));
}

/** What a neighbour has sent; undefined where all of it is accepted anyway, and of an older agent. */
export async function receivedOver(agent: AgentClient, session: SessionStatus): Promise<RouteStatus[] | undefined> {
  const { remoteAddress: neighbour, routes } = session,
    isAllAccepted = Object.values(routes).every(({ received, accepted }) => received === accepted);
  if (session.state !== 'Established' || isAllAccepted) return undefined;
  return listed(agent.exchanged({ neighbour, side: 'received' }), MOST_OF_SESSION).catch(ifUnknown(undefined));
}

/** Why the agent of the neighbouring node does not answer, where the session with it is down. */
export async function silenceOf(via: string, { remoteNode, state }: SessionStatus): Promise<string | undefined> {
  if (remoteNode === undefined || state === 'Established') return undefined;
  try {
    await (await agentOf(via, remoteNode)).summary();
  } catch (error) {
    if (error instanceof Unreachable) return error.message;
  }
  return undefined;
}

async function listed(routes: AsyncIterable<RouteStatus>, most = MOST): Promise<RouteStatus[]> {
  const found: RouteStatus[] = [];
  for await (const route of routes) if (found.push(route) === most) break;
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
    const routes = await towardsOne(agent, neighbour, prefix);
    if (!routes) return undefined;
    all.push(...routes);
  }
  // Over which session the family goes is no matter.
  return all.some(({ code }) => code !== 'family') ? all.filter(({ code }) => code !== 'family') : all;
}

const towardsOne = (agent: AgentClient, neighbour: string, prefix: Prefix): Promise<RouteStatus[] | undefined> =>
  listed(agent.exchanged({ neighbour, side: 'advertised', prefix })).catch(ifUnknown(undefined));

/** What stands for the answer of an agent that does not know the question. */
const ifUnknown =
  <T>(instead: T) =>
  (error: Error): T => {
    if (error instanceof Refused && error.code === 'unknown') return instead;
    throw error;
  };
