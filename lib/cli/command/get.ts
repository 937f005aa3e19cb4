import type { Command } from 'commander';
import { isShown } from '../../calico/shown';
import { AgentClient } from '../../control/client';
import { canonicalFabric } from '../../model/canonical';
import { objectNames } from '../../topology/objects';
import { CommandError } from '../exit-codes';
import { type Format, show, showData } from '../output';
import type { Screen } from '../screen';
import { suggesting, withVia } from '../via';
import {
  configurationInCalico,
  type FabricObject,
  inCalico,
  isOfCalico,
  itemsOf,
  itemsTable,
  kinds,
  objectKindOf,
} from '../view/objects';
import { settingsOf, settingsTable } from '../view/settings';

interface Flags {
  readonly via: string;
  readonly output: Format;
  readonly scope?: string;
  readonly node?: string;
}

/** `peerform get`: objects of the running fabric, in calicoctl's format. */
export function register(program: Command): void {
  withVia(program.command('get'))
    .summary('show nodes, peers, filters and other objects of the running fabric')
    .description(
      "show objects of the running fabric: nodes, peers, filters and whatever else it holds, or its config. As JSON or YAML, kinds by Calico's own names (bgppeer, bgpfilter, bgpconfig, node.projectcalico.org) have Calico's shape",
    )
    .addArgument(suggesting('<kind>', 'the names that calicoctl uses for them work too', [...kinds(), 'fabric']))
    .argument('[name...]', 'names or addresses of the objects to show')
    .option('--scope <scope>', 'only peers of this scope: global or node')
    .option('--node <name>', 'only peers of this node')
    .action(run);
}

async function run(word: string, names: readonly string[], flags: Flags): Promise<void> {
  const running = await new AgentClient(flags.via).deployed();
  const { output } = flags;
  if (word === 'fabric') {
    const data = canonicalFabric(running.release.fabric);
    return showData(output === 'json' ? 'json' : 'yaml', data); // the file format of an agent is not a table
  }
  const kind = objectKindOf(word);
  if (kind === undefined)
    throw new CommandError('usage', `unknown kind ${word}; known kinds are ${kinds().join(', ')}, fabric`);
  const asCalico = isOfCalico(word) && isShown(kind);
  if (kind === 'config') {
    const settings = settingsOf(running);
    const data = asCalico ? configurationInCalico(running, names.length === 1) : settings;
    return show(output, { data, table: (screen) => settingsTable(settings, screen) });
  }
  const wanted = names.flatMap((name) => {
    const found = objectNames(running.release.fabric, kind, name);
    if (found.length === 0)
      throw new CommandError(
        'absent',
        `fabric ${running.release.fabric.name} has no ${kind.replace(/ies$/, 'y').replace(/s$/, '')} ${name}`,
      );
    return found;
  });
  const items = itemsOf(running, kind).filter(
    (item) => (names.length === 0 || wanted.includes(item.name)) && isMeant(item, flags),
  );
  const shown = (isWide: boolean) => (screen: Screen) => itemsTable(running, kind, items, isWide, screen);
  const data = asCalico ? inCalico(running, kind, items, names.length === 1) : items;
  await show(output, { data, table: shown(false), wide: shown(true) });
}

const isMeant = ({ node: of }: FabricObject, { scope, node }: Flags): boolean =>
  (scope === undefined || scope === (of === undefined ? 'global' : 'node')) && (node === undefined || node === of);
