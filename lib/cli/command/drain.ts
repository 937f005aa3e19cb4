import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { AgentClient } from '../../control/client';
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
        const agent = await agentOf(node, via);
        const { transaction, service } = await agent.send(verb, { node, by: whoAsks() });
        process.stdout.write(`${tell(node, transaction.drained, service)}\n`);
      });
}

/** The agent of a node, as any agent of the fabric knows it. Throws where it is not known. */
async function agentOf(node: string, via: string): Promise<AgentClient> {
  const any = new AgentClient(via),
    [first, endpoints] = await Promise.all([any.summary(), any.endpoints()]);
  if (first.node === node) return any;
  if (endpoints[node] === undefined)
    throw new Error(`the fabric has no node ${node}; it has ${Object.keys(endpoints).sort().join(', ') || first.node}`);
  return new AgentClient(endpoints[node]);
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
