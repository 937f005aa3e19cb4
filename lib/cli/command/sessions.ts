import type { Command } from 'commander';
import { agentOf } from '../../control/agents';
import { type Format, print, withNode, withOutput, withVia } from '../via';
import { explained, sessionsText } from '../view/sessions';

interface Flags {
  readonly via: string;
  readonly node?: string;
  readonly explain?: boolean;
  readonly output?: Format;
}

/** `peerform sessions`: the sessions of one node, and why each is there. */
export function register(program: Command): void {
  const sessions = withNode(withVia(program.command('sessions')))
    .description(
      'show the sessions of a node; with --explain, which object made each, who dials and why, and what it lets through',
    )
    .option('--explain', 'tell why each session is there and is as it is')
    .action(async ({ via, node, explain = false, output }: Flags) => {
      const agent = await agentOf(via, node),
        status = await agent.status();
      const running = explain && status.fabric !== undefined ? (await agent.deployed()).release.fabric : undefined;
      const all = running ? explained(running, status.node, status.sessions) : status.sessions;
      await print(output, all, () => sessionsText(all, explain));
    });
  withOutput(sessions, ['json', 'yaml']);
}
