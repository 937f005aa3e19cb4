import type { Command } from 'commander';
import { agentOf } from '../../control/agents';
import { line, print, type Text } from '../terminal';
import { whoAsks, withVia } from '../via';

/** `peerform drain NODE` and `peerform undrain NODE`: takes a node out of service for maintenance, and back. */
export function register(program: Command): void {
  for (const { verb, does } of [
    {
      verb: 'drain',
      does: 'take a node out of service: traffic is moved away from it (RFC 8326), then its routes are withdrawn',
    },
    { verb: 'undrain', does: 'bring a drained node back into service' },
  ] as const)
    withVia(program.command(verb))
      .description(does)
      .argument('<node>', 'name of the node')
      .action(async (node: string, { via }: { via: string }) => {
        const agent = await agentOf(via, node);
        const { transaction, service } = await agent.send(verb, { node, by: whoAsks(agent.endpoint) });
        print(tell(node, transaction.drained, service));
      });
}

function tell(node: string, drained: { by: string; at: string } | null, service: string): Text {
  if (drained)
    return service === 'none'
      ? line`node ${node} is out of service, drained by ${drained.by} at ${drained.at}`
      : line`node ${node} is draining; peerform status shows when it is out of service`;
  return service === 'full'
    ? line`node ${node} is in service`
    : line`node ${node} stays out of service, as drain is set in its entry in the fabric: change it there`;
}
