import type { Agents } from '../../control/agents';
import { type AgentClient, Unreachable } from '../../control/client';
import type { RouteStatus, SessionMatches, SessionStatus } from '../../control/status';
import { findSessions } from '../neighbour';
import { ifUnknown, listed } from './answers';
import type { Finding } from './causes';
import { sessionLabel } from './session-causes';

/** Maximum number of a neighbour's routes that are searched for those not accepted. */
const MOST_OF_SESSION = 200_000;
/** Maximum number of nodes listed that have a neighbour: a mesh has thousands. */
const MOST_ELSEWHERE = 8;

/** Filter decisions of a node's sessions, by key; empty for an older agent. */
export async function matchesOf(agent: AgentClient): Promise<ReadonlyMap<string, SessionMatches>> {
  const all = await agent.matches().catch(ifUnknown([]));
  return new Map(all.map((one) => [one.key, one]));
}

/** What a neighbour has sent; undefined if all of it is accepted, or for an older agent. */
export async function receivedOver(agent: AgentClient, session: SessionStatus): Promise<RouteStatus[] | undefined> {
  const { remoteAddress: neighbour, routes } = session;
  const isAllAccepted = Object.values(routes).every(({ received, accepted }) => received === accepted);
  if (session.state !== 'Established' || isAllAccepted) return undefined;
  return listed(agent.exchanged({ neighbour, side: 'received' }), MOST_OF_SESSION).catch(ifUnknown(undefined));
}

/** Why the agent of the neighbouring node does not respond, if the session with it is down. */
export async function silenceOf(agents: Agents, { remoteNode, state }: SessionStatus): Promise<string | undefined> {
  if (remoteNode === undefined || state === 'Established') return undefined;
  try {
    await agents.of(remoteNode);
  } catch (error) {
    if (error instanceof Unreachable) return error.message;
  }
  return undefined;
}

/** Reports that the argument is another node, by name or address, or else which nodes have it as a neighbour. */
export async function elsewhere(agents: Agents, node: string, about: string): Promise<Finding[]> {
  const others = (await agents.statuses()).flatMap(({ status }) => (status && status.node !== node ? [status] : []));
  const itself = others.find(
    (one) => one.node === about || one.sessions.some(({ localAddress }) => localAddress === about),
  )?.node;
  if (itself !== undefined) {
    const text = `${itself === about ? 'it' : about} is node ${itself}, with which ${node} has no session`;
    return [{ cause: 'elsewhere', where: itself, text }];
  }
  return others
    .flatMap((status) =>
      findSessions(status, about).map((session): Finding => {
        const text = `${about} is a neighbour of ${status.node} (${session.state}), not of ${node}`;
        return { cause: 'elsewhere', where: `${status.node}: ${sessionLabel(session)}`, text };
      }),
    )
    .slice(0, MOST_ELSEWHERE);
}
