import { agentOf, reach, statusOfAll } from '../../control/agents';
import { AgentClient, Refused, Unreachable } from '../../control/client';
import { concurrently } from '../../control/concurrency';
import type { RouteQuery } from '../../control/protocol';
import type { AgentStatus, RouteStatus, SessionMatches, SessionStatus } from '../../control/status';
import type { Fabric } from '../../model/fabric';
import { Prefix } from '../../model/prefix';
import { clusterIdOf } from '../../topology/membership';
import { findSessions } from '../neighbour';
import type { Finding } from './causes';
import { claimed, claimsOf } from './claims';
import { decisive, type OtherNode, type RouteEvidence, type Told } from './route-evidence';
import { nameOf } from './session-causes';
import { farEnd, Ways } from './ways';

/** Agents that are spoken to at a time. */
const AT_ONCE = 64;
/** Routes of one agent that are looked at: of one prefix there are not many. */
const MOST = 1000;
/** Routes of one neighbour that are looked through for those that are not accepted. */
const MOST_OF_SESSION = 200_000;
/** Nodes that have the route and are asked what they do with it, and neighbours of each that they are asked about. */
const MOST_HOLDERS = 64;
const MOST_NEIGHBOURS = 32;
/** Nodes that are named of which something is a neighbour: a mesh has thousands. */
const MOST_ELSEWHERE = 8;

/** Another node, and its paths to what is asked about. */
interface Other extends OtherNode {
  readonly agent?: AgentClient;
  readonly known: readonly RouteStatus[];
}

/**
 * Asks the node, and where it has no path those that might have given it one: who has it, and what they say of it
 * towards those from which it could come to the node. `query`: a prefix, or an address and all that covers it, of which
 * the longest prefix counts.
 */
export async function routeEvidence(via: string, node: string, query: RouteQuery): Promise<RouteEvidence> {
  const agent = await agentOf(via, node);
  const [status, all, fabric] = await Promise.all([agent.status(), listed(agent.routes(query)), fabricOf(agent)]);
  const routes = decisive(all);
  const claims = fabric ? claimsOf(fabric, query.prefix) : [];
  const best = routes.find(({ isBest }) => isBest);
  const lacks = lackedIn(query, routes, claims);
  if (routes.length > 0 && !lacks)
    return { prefix: (best ?? routes.at(-1)!).prefix, status, routes, ...NOTHING, claims };
  const others = await othersOf(via, node, query);
  const known = others.flatMap((one) => one.known);
  const longest = query.match === 'covering' ? longestOf([...known, ...claims]) : undefined;
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
  return { ...evidence, told: await toldBy(having, evidence, prefix) };
}

const NOTHING = { others: [], holders: [], unused: [], told: [] };

/** The prefix that the fabric has other nodes advertise, where the node has paths to shorter ones alone. */
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
 * What those that have the route say of it towards each neighbour from which it could come nearer to the node, those
 * first where it begins.
 */
async function toldBy(
  having: readonly (Other & { readonly route: RouteStatus })[],
  evidence: Omit<RouteEvidence, 'told'>,
  prefix: Prefix,
): Promise<Told[]> {
  const ways = new Ways(evidence);
  const told: Told[] = [];
  const asked = having
    .map((one) => ({ ...one, sessions: onTheWay(one.status!, ways, evidence.holders) }))
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

/** Sessions of a node that lead towards the one in question and not to one that has the route, the nearest first. */
function onTheWay({ sessions }: AgentStatus, ways: Ways, holders: readonly string[]): SessionStatus[] {
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

/** Whether the route begins at this node: its own, or one of a neighbour outside. */
const isOrigin = (status: AgentStatus | undefined, { from }: RouteStatus): boolean =>
  from === 'local' || status?.sessions.some((one) => one.remoteAddress === from && !one.isInside) === true;

/** The fabric that the node runs; undefined where it runs none, or one of another version. */
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
async function othersOf(via: string, node: string, query: RouteQuery): Promise<Other[]> {
  const first = new AgentClient(via);
  const [{ node: nearest }, answers, endpoints] = await Promise.all([
    first.summary(),
    statusOfAll(via),
    first.endpoints(),
  ]);
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
  const { remoteAddress: neighbour, routes } = session;
  const isAllAccepted = Object.values(routes).every(({ received, accepted }) => received === accepted);
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

/** Of whom else something is a neighbour, by its address or its name, or that it is another node. */
export async function elsewhere(via: string, node: string, about: string): Promise<Finding[]> {
  const others = (await statusOfAll(via)).flatMap(({ status }) => (status && status.node !== node ? [status] : []));
  return others
    .flatMap((status): Finding[] => {
      const { node: other, sessions } = status;
      const own = other === about || sessions.some(({ localAddress }) => localAddress === about);
      const itself: Finding = {
        cause: 'elsewhere',
        where: other,
        text: `${about} is node ${other}, with which ${node} has no session`,
      };
      return [
        ...(own ? [itself] : []),
        ...findSessions(status, about).map((session): Finding => {
          const text = `${about} is a neighbour of ${other} (${session.state}), not of ${node}`;
          return { cause: 'elsewhere', where: `${other}: ${nameOf(session)}`, text };
        }),
      ];
    })
    .slice(0, MOST_ELSEWHERE);
}

async function listed(routes: AsyncIterable<RouteStatus>, most = MOST): Promise<RouteStatus[]> {
  const found: RouteStatus[] = [];
  for await (const route of routes) if (found.push(route) === most) break;
  return found;
}

/** What a node sends of the prefix to a neighbour, and why it does not. */
const towards = (agent: AgentClient, neighbour: string, prefix: Prefix): Promise<RouteStatus[] | undefined> =>
  listed(agent.exchanged({ neighbour, side: 'advertised', prefix })).catch(ifUnknown(undefined));

/** What stands for the answer of an agent that does not know the question. */
const ifUnknown =
  <T>(instead: T) =>
  (error: Error): T => {
    if (error instanceof Refused && error.code === 'unknown') return instead;
    throw error;
  };
