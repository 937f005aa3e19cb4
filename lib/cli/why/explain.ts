import { Agents } from '../../control/agents';
import type { RouteQuery } from '../../control/protocol';
import { IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';
import { CommandError } from '../exit-codes';
import { findSessions } from '../neighbour';
import type { Explanation } from '../view/why';
import type { Finding } from './causes';
import { routeEvidence } from './evidence';
import { routeFindings } from './route-causes';
import { sessionFindings } from './session-causes';
import { elsewhere, matchesOf, receivedOver, silenceOf } from './session-evidence';

/** Queries the agents to explain why a node has no route to a prefix, or no session with a neighbour. */
export async function explain(via: string, node: string, about: string): Promise<Explanation> {
  const agents = new Agents(via);
  const agent = await agents.of(node);
  const status = await agent.status();
  const sessions = findSessions(status, about);
  if (sessions.length > 0) {
    const matches = await matchesOf(agent);
    const findings = await Promise.all(
      sessions.map(async (session) => {
        const [received, silence] = await Promise.all([receivedOver(agent, session), silenceOf(agents, session)]);
        return sessionFindings(status, session, { matches: matches.get(session.key), received, silence });
      }),
    );
    return { node, about, findings: findings.flat(), sessions };
  }
  const query = queryOf(about);
  const others = query?.match === 'exact' ? [] : await elsewhere(agents, node, about);
  const evidence = query && (await routeEvidence(agents, node, query));
  if (evidence && (others.length === 0 || evidence.routes.length > 0))
    return { node, about, findings: [...others, ...routeFindings(evidence)] };
  const text = `node ${node} has no session with ${about}`;
  const missing: Finding = { cause: 'no-session', where: node, text };
  return { node, about, findings: [...others, missing] };
}

/** A prefix, or an address without a session, which is matched by longest prefix. */
function queryOf(text: string): RouteQuery | undefined {
  const prefix = Prefix.parse(text);
  if (prefix instanceof Prefix) return { match: 'exact', prefix };
  if (text.includes('/')) throw new CommandError('usage', prefix.toString());
  const address = IpAddress.parse(text);
  return address instanceof IpAddress ? { match: 'covering', prefix: Prefix.host(address) } : undefined;
}
