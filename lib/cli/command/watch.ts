import type { Command } from 'commander';
import { reach } from '../../control/agents';
import { AgentClient, Unreachable } from '../../control/client';
import type { AgentEvent } from '../../control/status';
import { type Format, showEach } from '../output';
import { PLAIN, type Screen } from '../screen';
import { foldedLine, line, type Text } from '../terminal';
import { withVia } from '../via';

/** Seconds that one question for events stays open. */
const WAIT = 20;

/** What happened, and on which node; what is told of an agent that does not answer has no number. */
type NodeEvent = Omit<AgentEvent, 'sequence'> & { readonly node: string; readonly sequence?: number };

/** `peerform watch`: follow what happens on every node, live, until interrupted. */
export function register(program: Command): void {
  withVia(program.command('watch'))
    .description('follow events on every node of the fabric, live')
    .option('--history', 'show past events first')
    .action(async ({ via, history = false, output }: { via: string; history?: boolean; output: Format }) => {
      const agent = new AgentClient(via),
        { node } = await agent.summary();
      const all = { ...(await agent.endpoints()), [node]: via };
      const followed = Object.entries(all).map(([name, endpoint]) => follow(via, name, endpoint, history));
      await Promise.all(followed.map((events) => showEach(output, events, { line: eventLine })));
    });
}

async function* follow(via: string, node: string, endpoint: string, history: boolean): AsyncGenerator<NodeEvent> {
  let client: AgentClient | undefined,
    last: number | undefined = history ? 0 : undefined,
    isAway = false;
  const now = (message: string): NodeEvent => ({ time: new Date().toISOString(), kind: 'agent', message, node });
  for (;;) {
    try {
      client ??= endpoint === via ? new AgentClient(via) : await reach(via, node, endpoint);
      last ??= (await client.events(0)).at(-1)?.sequence ?? 0;
      const events: AgentEvent[] = await client.events(last, WAIT);
      if (isAway) yield now('responds again');
      isAway = false;
      for (const event of events) yield { ...event, node };
      last = events.at(-1)?.sequence ?? last;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      if (!isAway) yield now(`does not respond: ${error.message}`);
      isAway = true;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

/** What happened on a node, in a line. */
const eventLine = ({ time, node, kind, message }: NodeEvent, screen: Screen = PLAIN): Text =>
  foldedLine(line`${time.slice(11, 23)}  ${node.padEnd(10)}  ${kind.padEnd(11)}  ${message}`, screen, 14);
