import type { Command } from 'commander';
import { agentOf } from '../../control/agents';
import type { RouteQuery } from '../../control/protocol';
import { IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';
import { EXIT } from '../exit-codes';
import { findSessions } from '../neighbour';
import { type Format, show } from '../output';
import { withVia } from '../via';
import { type Explanation, whyData, whyText } from '../view/why';
import { type Finding, isFine } from '../why/causes';
import { elsewhere, matchesOf, receivedOver, routeEvidence, silenceOf } from '../why/evidence';
import { routeFindings } from '../why/route-causes';
import { sessionFindings } from '../why/session-causes';

/** `peerform why`: from the symptom to the cause. Exits with 1 where something is wrong. */
export function register(program: Command): void {
  withVia(program.command('why'))
    .summary('say why a node has no route to a prefix, or no session with a neighbour')
    .description(
      'say why a node has no route to a prefix, or no session with a neighbour, in a table of causes, the likeliest first; asks the other nodes where they may know. Exits with 1 if something is wrong',
    )
    .argument('<node>', 'name of the node')
    .argument(
      '<prefix-or-neighbour>',
      'a prefix, an address for the longest prefix that contains it, or a neighbour by its address or its name',
    )
    .action(async (node: string, about: string, { via, output }: { via: string; output: Format }) => {
      const explanation = await explain(via, node, about);
      await show(output, { data: whyData(explanation), table: (screen) => whyText(explanation, screen) });
      if (!explanation.findings.every(isFine)) process.exitCode = EXIT.failed;
    });
}

async function explain(via: string, node: string, about: string): Promise<Explanation> {
  const agent = await agentOf(via, node);
  const status = await agent.status();
  const sessions = findSessions(status, about);
  if (sessions.length > 0) {
    const matches = await matchesOf(agent);
    const findings = await Promise.all(
      sessions.map(async (session) => {
        const [received, silence] = await Promise.all([receivedOver(agent, session), silenceOf(via, session)]);
        return sessionFindings(status, session, { matches: matches.get(session.key), received, silence });
      }),
    );
    return { node, about, findings: findings.flat(), sessions };
  }
  const query = queryOf(about);
  const others = query?.match === 'exact' ? [] : await elsewhere(via, node, about);
  if (query) return { node, about, findings: [...others, ...routeFindings(await routeEvidence(via, node, query))] };
  const text = `node ${node} has no session with ${about}`;
  const missing: Finding = { cause: 'no-session', where: node, text };
  return { node, about, findings: [missing, ...others] };
}

/** A prefix; an address that no session has means the longest prefix that contains it. */
function queryOf(text: string): RouteQuery | undefined {
  const prefix = Prefix.parse(text);
  if (prefix instanceof Prefix) return { match: 'exact', prefix };
  const address = IpAddress.parse(text);
  return address instanceof IpAddress ? { match: 'covering', prefix: Prefix.host(address) } : undefined;
}
