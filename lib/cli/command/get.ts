import type { Command } from 'commander';
import { AgentClient } from '../../control/client';
import { canonicalFabric } from '../../model/canonical';
import { namesOf } from '../../topology/objects';
import { CommandError } from '../exit-codes';
import { type Format, print, withOutput, withVia } from '../via';
import { type Item, itemsOf, itemsTable, kindOf, kinds } from '../view/objects';
import { settingsOf, settingsTable } from '../view/settings';

interface Flags {
  readonly via: string;
  readonly output?: Format;
  readonly scope?: string;
  readonly node?: string;
}

/** `peerform get`: the objects of the fabric that runs, as calicoctl shows them. */
export function register(program: Command): void {
  const get = withVia(program.command('get'))
    .description(
      'show objects of the fabric that runs: nodes, peers, filters and whatever else it holds, or its config',
    )
    .argument('<kind>', 'nodes, peers, filters, config, fabric; the names that calicoctl has for them do too')
    .argument('[name...]', 'names or addresses of the ones to show')
    .option('--scope <scope>', 'only peers of this scope: global or node')
    .option('--node <name>', 'only peers of this node')
    .action(run);
  withOutput(get, ['wide', 'json', 'yaml']);
}

async function run(word: string, names: readonly string[], flags: Flags): Promise<void> {
  const running = await new AgentClient(flags.via).deployed();
  const { output } = flags;
  if (word === 'fabric') {
    const fabric = canonicalFabric(running.release.fabric);
    return print(output === 'wide' ? 'yaml' : (output ?? 'yaml'), fabric, () => '');
  }
  const kind = kindOf(word);
  if (kind === undefined)
    throw new CommandError('usage', `there is no kind ${word}; there are ${kinds().join(', ')}, fabric`);
  if (kind === 'config') {
    const settings = settingsOf(running);
    return print(output, settings, () => settingsTable(settings));
  }
  const wanted = names.flatMap((name) => {
    const found = namesOf(running.release.fabric, kind, name);
    if (found.length === 0)
      throw new CommandError('absent', `the fabric ${running.release.fabric.name} has no ${name} among its ${kind}`);
    return found;
  });
  const items = itemsOf(running, kind).filter(
    (item) => (names.length === 0 || wanted.includes(item.name)) && isMeant(item, flags),
  );
  await print(output, items, () => itemsTable(running, kind, items, output === 'wide'));
}

const isMeant = ({ node: of }: Item, { scope, node }: Flags): boolean =>
  (scope === undefined || scope === (of === undefined ? 'global' : 'node')) && (node === undefined || node === of);
