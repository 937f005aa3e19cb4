import type { Command } from 'commander';
import { agentOf } from '../../control/agents';
import type { RouteQuery } from '../../control/protocol';
import { IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';
import { CommandError } from '../exit-codes';
import { type Format, showEach } from '../output';
import { withNode, withVia } from '../via';
import { routeLine, routesHeading } from '../view/routes';

interface Flags {
  readonly via: string;
  readonly node?: string;
  readonly longer?: boolean;
  readonly output: Format;
}

/** `peerform routes`: the BGP table of one node. Exits with 8 where it has no route that was asked for. */
export function register(program: Command): void {
  withNode(withVia(program.command('routes')))
    .summary('show the BGP routes of a node')
    .description(
      'show the BGP routes of a node, with * for the best path to each prefix; an address shows all routes to it',
    )
    .argument('[prefix]', 'a prefix, or an address to show every prefix that contains it')
    .option('--longer', 'also show more specific prefixes')
    .action(run);
}

async function run(text: string | undefined, { via, node, longer, output }: Flags): Promise<void> {
  const query = text === undefined ? undefined : queryOf(text, longer ?? false);
  const agent = await agentOf(via, node);
  let found = 0;
  async function* all() {
    for await (const route of agent.routes(query)) {
      found++;
      yield route;
    }
  }
  await showEach(output, all(), { heading: routesHeading, line: routeLine });
  if (found === 0 && text !== undefined) throw new CommandError('absent', `there is no route to ${text}`);
}

function queryOf(text: string, longer: boolean): RouteQuery {
  const prefix = Prefix.parse(text);
  if (prefix instanceof Prefix) return { match: longer ? 'within' : 'exact', prefix };
  const address = IpAddress.parse(text);
  if (address instanceof IpAddress) return { match: 'covering', prefix: Prefix.host(address) };
  throw new CommandError('usage', `${text} is neither a prefix nor an address`);
}
