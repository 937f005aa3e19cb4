import type { Command } from 'commander';
import { reach } from '../../control/agents';
import { AgentClient, Unreachable } from '../../control/client';
import type { AgentEvent } from '../../control/status';
import { withVia } from '../via';

/** Seconds that one question for events stays open. */
const WAIT = 20;

/** `peerform watch`: follow what happens on every node, live, until interrupted. */
export function register(program: Command): void {
  withVia(program.command('watch'))
    .description('follow what happens on every node of the fabric, live')
    .option('--history', 'first show what happened before')
    .action(async ({ via, history }: { via: string; history?: boolean }) => {
      const agent = new AgentClient(via),
        { node } = await agent.summary();
      const all = { ...(await agent.endpoints()), [node]: via };
      await Promise.all(Object.entries(all).map(([name, endpoint]) => follow(via, name, endpoint, history ?? false)));
    });
}

async function follow(via: string, node: string, endpoint: string, history: boolean): Promise<void> {
  let client: AgentClient | undefined,
    last: number | undefined = history ? 0 : undefined,
    isAway = false;
  for (;;) {
    try {
      client ??= endpoint === via ? new AgentClient(via) : await reach(via, node, endpoint);
      last ??= (await client.events(0)).at(-1)?.sequence ?? 0;
      const events: AgentEvent[] = await client.events(last, WAIT);
      if (isAway) print({ time: new Date().toISOString(), node, kind: 'agent', message: 'answers again' });
      isAway = false;
      for (const { time, kind, message } of events) print({ time, node, kind, message });
      last = events.at(-1)?.sequence ?? last;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      if (!isAway)
        print({ time: new Date().toISOString(), node, kind: 'agent', message: `does not answer: ${error.message}` });
      isAway = true;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

function print({ time, node, kind, message }: { time: string; node: string; kind: string; message: string }): void {
  process.stdout.write(`${time.slice(11, 23)}  ${node.padEnd(10)}  ${kind.padEnd(11)}  ${message}\n`);
}
