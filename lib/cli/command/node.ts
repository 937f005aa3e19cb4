import type { Command } from 'commander';
import { agentOf } from '../../control/agents';
import { type Format, print, withNode, withOutput, withVia } from '../via';
import { nodeStatusText } from '../view/node-status';

interface Flags {
  readonly via: string;
  readonly node?: string;
  readonly output?: Format;
}

/** `peerform node status`: the sessions of one node, in the table of calicoctl. */
export function register(program: Command): void {
  const status = withNode(withVia(program.command('node').description('look at one node').command('status')))
    .description('show the sessions of a node in the table of calicoctl')
    .action(async ({ via, node, output }: Flags) => {
      const answer = await (await agentOf(via, node)).status();
      await print(output, answer, () => nodeStatusText(answer, Date.now()));
    });
  withOutput(status, ['json', 'yaml']);
}
