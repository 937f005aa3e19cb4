import type { Command } from 'commander';
import { reach } from '../../control/agents';
import { AgentClient, lackInWords, Unreachable } from '../../control/client';
import { type DeployStep, DeployTracker } from '../../control/deploy-tracker';
import { pause } from '../../control/pause';
import type { AgentEvent } from '../../control/status';
import { type Format, showEach } from '../output';
import { PLAIN, type Screen } from '../screen';
import { foldedLine, line, lines, type Text } from '../terminal';
import { withVia } from '../via';
import { CAUGHT_UP, inOrder } from '../watch/in-order';

/** Timeout in seconds of a poll for events. */
const WAIT = 20;

/**
 * Milliseconds from one poll of a node to the next, at least: a node whose events never end is asked no faster. Less
 * than events of other nodes are held back for ({@link inOrder}).
 */
const PACE_MS = 250;

/** An event and its node. Messages about an agent that does not respond have no number. */
type NodeEvent = Omit<AgentEvent, 'sequence'> & {
  readonly node: string;
  readonly sequence?: number;
  /** Set if it is a step of a deploy. */
  readonly deploy?: DeployStep;
};

/** `peerform watch`: follows events of every node until interrupted. */
export function register(program: Command): void {
  withVia(program.command('watch'))
    .summary('follow events on every node of the fabric, live')
    .description(
      'follow events on every node of the fabric, live, in the order of time by the clocks of the nodes; lines between them say where a deploy begins, goes on after a pause, and ends',
    )
    .option('--history', 'show past events first')
    .action(async ({ via, history = false, output }: { via: string; history?: boolean; output: Format }) => {
      const agent = new AgentClient(via);
      const { node } = await agent.summary();
      const all = { ...(await agent.endpoints()), [node]: via };
      const deploys = new DeployTracker(Object.keys(all));
      const followed = Object.entries(all).map(([name, endpoint]) => follow(via, name, endpoint, { history, deploys }));
      async function* events(): AsyncGenerator<NodeEvent> {
        for await (const event of inOrder(followed)) {
          const deploy = deploys.take(event);
          yield deploy ? { ...event, deploy } : event;
        }
      }
      const line = (event: NodeEvent, screen: Screen) => lines(headingOf(event, deploys), eventLine(event, screen));
      await showEach(output, events(), { line });
    });
}

async function* follow(
  via: string,
  node: string,
  endpoint: string,
  { history, deploys }: { readonly history: boolean; readonly deploys: DeployTracker },
): AsyncGenerator<NodeEvent | typeof CAUGHT_UP> {
  let client: AgentClient | undefined;
  let last: number | undefined;
  let isAway = false;
  const now = (message: string): NodeEvent => ({ time: new Date().toISOString(), kind: 'agent', message, node });
  for (;;) {
    try {
      client ??= endpoint === via ? new AgentClient(via) : await reach(via, node, endpoint);
      if (last === undefined) {
        const past: AgentEvent[] = await client.events(0);
        last = past.at(-1)?.sequence ?? 0;
        deploys.knownSince(node, past.at(history ? 0 : -1)?.time ?? new Date().toISOString());
        if (history) for (const event of past) yield { ...event, node };
        yield CAUGHT_UP;
      }
      const due = performance.now() + PACE_MS;
      const events: AgentEvent[] = await client.events(last, WAIT);
      if (isAway) yield now('responds again');
      isAway = false;
      for (const event of events) yield { ...event, node };
      last = events.at(-1)?.sequence ?? last;
      await pause(due - performance.now());
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      if (!isAway) yield now(lackInWords(error));
      isAway = true;
      yield CAUGHT_UP;
      await pause(1000);
    }
  }
}

/** A heading line where a deploy begins, goes on after a pause, and ends. */
function headingOf({ node, deploy }: NodeEvent, deploys: DeployTracker): Text | undefined {
  if (!deploy?.isFirst) return undefined;
  const { activation, step, group } = deploy;
  const size = deploys.sizeOf(activation);
  const how = group === 1 && size.isWhole ? 'begins' : 'goes on';
  if (step === 'activate') return line`-- activation ${activation}: ${how} with ${node}`;
  if (step === 'confirm') return line`-- activation ${activation}: confirmed${sizeInWords(size)}`;
  return step === 'rollback' ? line`-- activation ${activation}: rolled back${sizeInWords(size)}` : undefined;
}

/**
 * Agents keep the last events only, who begins to watch during a deploy has not seen all of it, and nodes that a deploy
 * adds are not watched.
 */
function sizeInWords({ nodes, of, isWhole }: ReturnType<DeployTracker['sizeOf']>): string {
  if (nodes === 0) return isWhole ? ' before it was activated' : '; no activation is among the events shown';
  const atLeast = isWhole || nodes === of ? '' : 'at least ';
  return `; activated on ${atLeast}${nodes} of ${of} ${of === 1 ? 'node' : 'nodes'} watched`;
}

/** One line for an event of a node. */
const eventLine = ({ time, node, kind, message }: NodeEvent, screen: Screen = PLAIN): Text =>
  foldedLine(line`${time.slice(11, 23)}  ${node.padEnd(10)}  ${kind.padEnd(11)}  ${message}`, screen, 14);
