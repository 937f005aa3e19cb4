import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AgentDouble, FleetDouble } from '../provider/agent-double';

/** The nodes of the quickstart and of its HCL twin. */
export const NODES = ['node1', 'node2', 'node3'];

/** Agents where the examples look for them, given the folder of the lab. */
export async function quickstartAgents(lab: string): Promise<FleetDouble> {
  const fleet = new FleetDouble();
  for (const node of NODES) {
    mkdirSync(join(lab, node), { recursive: true });
    const agent = new AgentDouble(node, fleet, join(lab, node, 'agent.sock'));
    fleet.agents.set(node, agent);
    await agent.start();
  }
  return fleet;
}
