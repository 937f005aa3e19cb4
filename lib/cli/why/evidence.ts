import type { Agents } from '../../control/agents';
import { type AgentClient, Refused } from '../../control/client';
import { concurrently } from '../../control/concurrency';
import type { RouteQuery } from '../../control/protocol';
import type { AgentStatus, RouteStatus, SessionStatus } from '../../control/status';
import type { Fabric } from '../../model/fabric';
import { Prefix } from '../../model/prefix';
import { clusterIdOf } from '../../topology/membership';
import { ifUnknown, listed } from './answers';
import { claimed, claimsOf } from './claims';
import { decisive, type RouteEvidence, type Told } from './route-evidence';
import { farEnd, type OtherNode, StateWays } from './ways';

/** Maximum number of agents contacted concurrently. */
const AT_ONCE = 64;
/** Maximum number of nodes with the route that are queried, and of neighbours that each is asked about. */
const MOST_HOLDERS = 64;
const MOST_NEIGHBOURS = 32;
/** Maximum number of nodes that a path is traced back over. */
const LONGEST_TRAIL = 8;

/** Another node and its paths to the prefix. */
interface Other extends OtherNode {
  readonly agent?: AgentClient;
  readonly known: readonly RouteStatus[];
}

/**
 * Queries the node and, if it has no path, the nodes that might have advertised one: who has it, and what they send
 * towards this node. `query`: a prefix, or an address, which is matched by longest prefix.
 */
export async function routeEvidence(agents: Agents, node: string, query: RouteQuery): Promise<RouteEvidence> {
  const agent = await agents.of(node);
  const [status, all, fabric] = await Promise.all([agent.status(), listed(agent.routes(query)), fabricOf(agent)]);
  const routes = decisive(all);
  const claims = fabric ? claimsOf(fabric, query.prefix) : [];
  const best = routes.find(({ isBest }) => isBest);
  const lacks = lackedIn(query, routes, claims);
  if (best && !lacks)
    return { prefix: best.prefix, status, routes, ...NOTHING, claims, trail: await trailOf(agents, status, best) };
  const others = await othersOf(agents, node, query);
  const known = others.flatMap((one) => one.known);
  const longest = query.match === 'covering' ? longestOf([...known, ...claims, ...routes]) : undefined;
  const prefix = lacks ?? longest ?? query.prefix;
  const isThis = (route: RouteStatus) => route.prefix === String(prefix);
  const having = others.flatMap((one) => {
    const route = one.known.find((each) => isThis(each) && each.isBest);
    return route ? [{ ...one, route }] : [];
  });
  const holders = having.map((one) => one.node);
  const unused = others
    .filter((one) => !holders.includes(one.node))
    .flatMap((one) => one.known.filter(isThis).map((route) => ({ node: one.node, route })));
  const evidence = {
    ...{ prefix: String(prefix), status, routes, others, holders, unused, claims },
    ...(best && { isShorter: true as const }),
    ...(fabric && { reflectors: reflectorsOf(fabric) }),
  };
  const ways = new StateWays(evidence);
  return { ...evidence, ways, told: await toldBy(having, evidence.holders, ways, prefix) };
}

/** Traces a path back over the nodes that it came through; ends at one that does not respond. */
async function trailOf(
  agents: Agents,
  first: AgentStatus,
  best: RouteStatus,
): Promise<NonNullable<RouteEvidence['trail']>> {
  const prefix = Prefix.parse(best.prefix);
  const trail: { status: AgentStatus; route: RouteStatus }[] = [];
  const seen = new Set([first.node]);
  let [status, route] = [first, best];
  while (prefix instanceof Prefix && trail.length < LONGEST_TRAIL) {
    const { from } = route;
    const node = status.sessions.find(({ remoteAddress }) => remoteAddress === from)?.remoteNode;
    if (node === undefined || seen.has(node)) break;
    seen.add(node);
    try {
      const agent = await agents.of(node);
      const [its, routes] = await Promise.all([agent.status(), listed(agent.routes({ match: 'exact', prefix }))]);
      const used = routes.find(({ isBest }) => isBest);
      if (!used) break;
      [status, route] = [its, used];
      trail.push({ status, route });
    } catch {
      break;
    }
  }
  return trail;
}

const NOTHING = { others: [], holders: [], unused: [], told: [] };

/** The prefix that the fabric has other nodes advertise if the node has only paths to less specific ones. */
function lackedIn(
  query: RouteQuery,
  routes: readonly RouteStatus[],
  claims: RouteEvidence['claims'],
): Prefix | undefined {
  const prefix = query.match === 'covering' ? claimed(claims) : undefined;
  if (!prefix) return undefined;
  const isShorter = (route: RouteStatus) => (Prefix.parse(route.prefix) as Prefix).length < prefix.length;
  return routes.length > 0 && routes.every(isShorter) ? prefix : undefined;
}

/**
 * What the nodes that have the route send to each neighbour through which it could get closer to this node, starting
 * with nodes that originate it.
 */
async function toldBy(
  having: readonly (Other & { readonly route: RouteStatus })[],
  holders: readonly string[],
  ways: StateWays,
  prefix: Prefix,
): Promise<Told[]> {
  const told: Told[] = [];
  const asked = having
    .map((one) => ({ ...one, sessions: onTheWay(one.status!, ways, holders) }))
    .filter(({ sessions }) => sessions.length > 0)
    .sort((a, b) => Number(isOrigin(b.status, b.route)) - Number(isOrigin(a.status, a.route)))
    .slice(0, MOST_HOLDERS);
  await concurrently(asked, AT_ONCE, async ({ node, agent, sessions }) => {
    for (const session of sessions.slice(0, MOST_NEIGHBOURS))
      told.push({ node, session, routes: await towards(agent!, session.remoteAddress, prefix) });
  });
  const place = new Map(asked.map(({ node }, i) => [node, i]));
  return told.sort((a, b) => place.get(a.node)! - place.get(b.node)!);
}

/** Sessions of a node that lead towards this one and not to one that has the route, nearest first. */
function onTheWay({ sessions }: AgentStatus, ways: StateWays, holders: readonly string[]): SessionStatus[] {
  const having = new Set(holders);
  return sessions
    .flatMap((session) => {
      const hops = having.has(farEnd(session)) ? undefined : ways.after(session);
      return hops === undefined ? [] : [{ session, hops }];
    })
    .sort((a, b) => a.hops - b.hops)
    .map(({ session }) => session);
}

const byName = <T extends { readonly node: string }>(all: T[]): T[] =>
  all.sort((a, b) => a.node.localeCompare(b.node, 'en', { numeric: true }));

function longestOf(routes: readonly { readonly prefix: string }[]): Prefix | undefined {
  const prefixes = routes.flatMap(({ prefix }) => {
    const known = Prefix.parse(prefix);
    return known instanceof Prefix ? [known] : [];
  });
  return prefixes.reduce<Prefix | undefined>(
    (one, other) => (one && one.length >= other.length ? one : other),
    undefined,
  );
}

/** Whether the route originates at this node, or is from an outside neighbour of it. */
const isOrigin = (status: AgentStatus | undefined, { from }: RouteStatus): boolean =>
  from === 'local' || status?.sessions.some((one) => one.remoteAddress === from && !one.isInside) === true;

/** The fabric that the node runs; undefined if none, or from another version. */
const fabricOf = async (agent: AgentClient): Promise<Fabric | undefined> => {
  try {
    return (await agent.deployed()).release.fabric;
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
};

const reflectorsOf = (fabric: Fabric): ReadonlySet<string> =>
  new Set(Object.keys(fabric.nodes).filter((name) => clusterIdOf(fabric, name) !== undefined));

/** The other nodes of the fabric, by name. */
async function othersOf(agents: Agents, node: string, query: RouteQuery): Promise<Other[]> {
  const answers = await agents.statuses();
  const others: Other[] = [];
  const all = answers.filter((one) => one.node !== node);
  const failed = await concurrently(all, AT_ONCE, async (one) => {
    if (!one.status) return void others.push({ ...one, known: [] });
    const agent = await agents.of(one.node);
    others.push({ ...one, agent, known: await listed(agent.routes(query)) });
  });
  for (const [{ node: name }, { message }] of failed) others.push({ node: name, error: message, known: [] });
  return byName(others);
}

/** What a node sends for the prefix to a neighbour, or why it does not. */
const towards = (agent: AgentClient, neighbour: string, prefix: Prefix): Promise<RouteStatus[] | undefined> =>
  listed(agent.exchanged({ neighbour, side: 'advertised', prefix })).catch(ifUnknown(undefined));
