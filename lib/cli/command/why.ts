import type { Command } from 'commander';
import { agentOf } from '../../control/agents';
import { IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';
import { EXIT } from '../exit-codes';
import { findSessions } from '../neighbour';
import { type Format, show } from '../output';
import { withVia } from '../via';
import { type Explanation, whyData, whyText } from '../view/why';
import { type Finding, isFine } from '../why/causes';
import { matchesOf, routeEvidence } from '../why/evidence';
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
    .argument('<prefix-or-neighbour>', 'a prefix, or a neighbour by its address or its name')
    .action(async (node: string, about: string, { via, output }: { via: string; output: Format }) => {
      const explanation = await explain(via, node, about);
      await show(output, { data: whyData(explanation), table: (screen) => whyText(explanation, screen) });
      if (!explanation.findings.every(isFine)) process.exitCode = EXIT.failed;
    });
}

async function explain(via: string, node: string, about: string): Promise<Explanation> {
  const agent = await agentOf(via, node),
    status = await agent.status(),
    sessions = findSessions(status, about);
  if (sessions.length > 0) {
    const matches = await matchesOf(agent),
      findings = sessions.flatMap((session) => sessionFindings(status, session, matches.get(session.key)));
    return { node, about, findings, sessions };
  }
  const prefix = prefixOf(about);
  if (prefix) return { node, about, findings: routeFindings(await routeEvidence(via, node, prefix)) };
  const text = `node ${node} has no session with ${about}`,
    missing: Finding = { cause: 'no-session', where: node, text };
  return { node, about, findings: [missing] };
}

/** A prefix; an address that no session has means the host. */
function prefixOf(text: string): Prefix | undefined {
  const prefix = Prefix.parse(text);
  if (prefix instanceof Prefix) return prefix;
  const address = IpAddress.parse(text);
  return address instanceof IpAddress ? Prefix.host(address) : undefined;
}
