import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { agentOf } from '../../control/agents';
import { withVia } from '../via';

/** `peerform drain NODE` and `peerform undrain NODE`: takes a node out of service for its maintenance, and back into it. */
export function register(program: Command): void {
  for (const { verb, does } of [
    {
      verb: 'drain',
      does: 'take a node out of service: neighbours go round it (RFC 8326), then learn nothing from it',
    },
    { verb: 'undrain', does: 'bring a drained node back into service' },
  ] as const)
    withVia(program.command(verb))
      .description(does)
      .argument('<node>', 'name of the node')
      .action(async (node: string, { via }: { via: string }) => {
        const agent = await agentOf(via, node);
        const { transaction, service } = await agent.send(verb, { node, by: whoAsks() });
        process.stdout.write(`${tell(node, transaction.drained, service)}\n`);
      });
}

function tell(node: string, drained: { by: string; at: string } | null, service: string): string {
  if (drained)
    return service === 'none'
      ? `node ${node} is out of service, drained by ${drained.by} at ${drained.at}`
      : `node ${node} drains; peerform status shows when it is out of service`;
  return service === 'full'
    ? `node ${node} is in service`
    : `node ${node} stays out of service, as its entry in the fabric says drain: change it there`;
}

const whoAsks = (): string => process.env.SUDO_USER ?? userInfo().username;
