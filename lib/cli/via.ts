import { type Command, Option } from 'commander';
import { AgentClient } from '../control/client';
import { DEFAULT_SOCKET } from '../control/endpoint';
import type { AgentStatus } from '../control/status';

/** Adds `--via`: where the first agent is found; it knows the others. */
export function withVia(command: Command): Command {
  return command.addOption(
    new Option('--via <endpoint>', 'endpoint of any agent of the fabric')
      .env('PEERFORM_ENDPOINT')
      .default(`unix://${DEFAULT_SOCKET}`),
  );
}

/** An agent's answer, or why there is none. */
export interface Answer {
  readonly node: string;
  readonly status?: AgentStatus;
  readonly error?: string;
}

/** The status of every agent of the fabric that one of them knows. Throws where the first one can't be reached. */
export async function fleetStatus(via: string): Promise<Answer[]> {
  const agent = new AgentClient(via),
    [first, endpoints] = await Promise.all([agent.status(), agent.endpoints()]);
  const others = Object.entries(endpoints).filter(([node]) => node !== first.node);
  const answers = await Promise.all(
    others.map(([node, endpoint]) =>
      new AgentClient(endpoint).status().then(
        (status): Answer => ({ node, status }),
        (error: Error): Answer => ({ node, error: error.message }),
      ),
    ),
  );
  return [{ node: first.node, status: first }, ...answers].sort((a, b) =>
    a.node.localeCompare(b.node, 'en', { numeric: true }),
  );
}
