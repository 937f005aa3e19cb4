import type { Command } from 'commander';
import { agentOf } from '../../control/agents';
import { type Format, show } from '../output';
import { withNode, withVia } from '../via';
import { nodeStatusText } from '../view/node-status';

interface Flags {
  readonly via: string;
  readonly node?: string;
  readonly output: Format;
}

/** `peerform node status`: sessions of one node, in calicoctl's format. */
export function register(program: Command): void {
  withNode(withVia(program.command('node').description('inspect one node').command('status')))
    .description("show the sessions of a node in calicoctl's format")
    .action(async ({ via, node, output }: Flags) => {
      const answer = await (await agentOf(via, node)).status();
      await show(output, { data: answer, table: (screen) => nodeStatusText(answer, Date.now(), screen) });
    });
}
