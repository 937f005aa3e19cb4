import { once } from 'node:events';
import type { Command } from 'commander';
import { agentOf } from '../../control/agents';
import type { RouteQuery } from '../../control/protocol';
import { IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';
import { CommandError } from '../exit-codes';
import { withNode, withVia } from '../via';
import { routeLine, routesHeading } from '../view/routes';

interface Flags {
  readonly via: string;
  readonly node?: string;
  readonly longer?: boolean;
  readonly json?: boolean;
}

/** `peerform routes`: the BGP table of one node. Exits with 8 where it has no route that was asked for. */
export function register(program: Command): void {
  withNode(withVia(program.command('routes')))
    .description('show the routes that a node has by BGP, * the best of each prefix; an address shows what leads to it')
    .argument('[prefix]', 'a prefix, or an address: then every prefix that holds it')
    .option('--longer', 'also the prefixes within the prefix')
    .option('--json', 'one JSON object a line')
    .action(run);
}

async function run(text: string | undefined, { via, node, longer, json }: Flags): Promise<void> {
  const query = text === undefined ? undefined : queryOf(text, longer ?? false);
  const agent = await agentOf(via, node);
  let found = 0;
  for await (const route of agent.routes(query)) {
    if (found++ === 0 && !json) await write(routesHeading());
    await write(json ? `${JSON.stringify(route)}\n` : routeLine(route));
  }
  if (found === 0 && text !== undefined) throw new CommandError('absent', `there is no route to ${text}`);
}

function queryOf(text: string, longer: boolean): RouteQuery {
  const prefix = Prefix.parse(text);
  if (prefix instanceof Prefix) return { match: longer ? 'within' : 'exact', prefix };
  const address = IpAddress.parse(text);
  if (address instanceof IpAddress) return { match: 'covering', prefix: Prefix.host(address) };
  throw new CommandError('usage', `${text} is neither a prefix nor an address`);
}

/** A table may be larger than memory: it is read as fast as it is written. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
