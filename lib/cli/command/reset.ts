import type { Command } from 'commander';
import { agentOf } from '../../control/agents';
import { line, print } from '../terminal';
import { whoAsks, withNode, withVia } from '../via';

/** `peerform reset NEIGHBOUR`: closes a session and restarts it. */
export function register(program: Command): void {
  withNode(withVia(program.command('reset')))
    .summary('reset the session with a neighbour')
    .description(
      'close the session with a neighbour (Cease, Administrative Reset) and connect again at once, even if a prefix limit keeps it down; traffic over it is interrupted',
    )
    .argument('<neighbour>', 'address of the neighbour')
    .action(async (neighbour: string, { via, node }: { via: string; node?: string }) => {
      const agent = await agentOf(via, node);
      const { node: name } = await agent.summary();
      await agent.send('reset', { node: name, neighbour, by: whoAsks(agent.endpoint) });
      print(line`node ${name} resets its session with ${neighbour}; peerform sessions shows when it is up again`);
    });
}
