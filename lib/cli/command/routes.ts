import { type Command, Option } from 'commander';
import { agentOf } from '../../control/agents';
import { type AgentClient, Refused } from '../../control/client';
import { type RouteQuery, SIDES, type Side } from '../../control/protocol';
import type { RouteStatus } from '../../control/status';
import { IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';
import { CommandError } from '../exit-codes';
import { sessionsNamed } from '../neighbour';
import { type Format, showEach } from '../output';
import { withNode, withVia } from '../via';
import { routeLine, routesHeading } from '../view/routes';

interface Flags extends Partial<Readonly<Record<Side, boolean>>> {
  readonly via: string;
  readonly node?: string;
  readonly longer?: boolean;
  readonly neighbour?: string;
  readonly output: Format;
}

const ABOUT: Readonly<Record<Side, string>> = {
  received: 'with --neighbour: all that the neighbour has sent, as received, and why a route is not used (the default)',
  accepted: 'with --neighbour: of these the ones that may be used, as the import filters changed them',
  advertised: 'with --neighbour: what is sent to the neighbour, as sent; for a given prefix, also why it is not sent',
};

/** `peerform routes`: the BGP table of one node. Exits with 8 if it has no such route. */
export function register(program: Command): void {
  const command = withNode(withVia(program.command('routes')))
    .summary('show the BGP routes of a node')
    .description(
      'show the BGP routes of a node by prefix, with * for the best path to each, = for paths used beside it (multipath), and why another is not the best; an address shows all routes to it',
    )
    .argument('[prefix]', 'a prefix, or an address to show every prefix that contains it')
    .option('--longer', 'also show more specific prefixes')
    .option('--neighbour <neighbour>', 'only what is exchanged with this neighbour: its address, or its name');
  for (const side of SIDES)
    command.addOption(
      new Option(`--${side}`, ABOUT[side]).conflicts([...SIDES.filter((other) => other !== side), 'longer']),
    );
  command.action(run);
}

async function run(text: string | undefined, flags: Flags): Promise<void> {
  const { via, node, output } = flags;
  const side = SIDES.find((one) => flags[one]);
  if (side && flags.neighbour === undefined) throw new CommandError('usage', `--${side} needs --neighbour`);
  const query = text === undefined ? undefined : queryOf(text, flags.longer ?? false);
  const agent = await agentOf(via, node);
  const routes =
    flags.neighbour === undefined ? agent.routes(query) : exchanged(agent, flags.neighbour, side ?? 'received', query);
  let found = 0;
  async function* all() {
    for await (const route of routes) {
      found++;
      yield route;
    }
  }
  await showEach(output, all(), { heading: routesHeading, line: routeLine });
  if (found === 0 && text !== undefined) throw new CommandError('absent', `there is no route to ${text}`);
}

async function* exchanged(
  agent: AgentClient,
  neighbour: string,
  side: Side,
  query: RouteQuery | undefined,
): AsyncGenerator<RouteStatus> {
  if (query && query.match !== 'exact')
    throw new CommandError('usage', `with --neighbour give a prefix, such as ${query.prefix}`);
  const status = await agent.status();
  for (const address of new Set(sessionsNamed(status, neighbour).map(({ remoteAddress }) => remoteAddress)))
    try {
      yield* agent.exchanged({ neighbour: address, side, ...(query && { prefix: query.prefix }) });
    } catch (error) {
      throw error instanceof Refused && error.code === 'unknown'
        ? new CommandError('failed', `the agent of node ${status.node} is of an older version and does not report this`)
        : error;
    }
}

export function queryOf(text: string, longer: boolean): RouteQuery {
  const prefix = Prefix.parse(text);
  if (prefix instanceof Prefix) return { match: longer ? 'within' : 'exact', prefix };
  const address = IpAddress.parse(text);
  if (address instanceof IpAddress) return { match: 'covering', prefix: Prefix.host(address) };
  throw new CommandError('usage', `${text} is neither a prefix nor an address`);
}
