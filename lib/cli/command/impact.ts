import { type Command, Option } from 'commander';
import { AgentClient } from '../../control/client';
import type { Fabric } from '../../model/fabric';
import { Prefix } from '../../model/prefix';
import { sure } from '../../model/problem';
import type { Origins } from '../../preview/play';
import { PLAYED_UNASKED, previewOf } from '../../preview/preview';
import { markdownReport, textReport } from '../../preview/report';
import { CommandError, EXIT } from '../exit-codes';
import { type FabricFile, readFabricFile } from '../fabric-file';
import { withVia } from '../via';

interface Flags {
  readonly via: string;
  readonly fabric?: string;
  readonly wave?: readonly string[];
  readonly play?: boolean;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

/**
 * `peerform impact`: what a change does to the network, before anything moves. Exits with 1 where it cuts nodes off and the stack does not
 * allow that.
 */
export function register(program: Command): void {
  withVia(program.command('impact'))
    .description(
      'show what a change does to sessions, paths and prefixes, before anything moves: to what runs (--via), or of two files',
    )
    .argument(
      '<file...>',
      'the fabric after the change, or two files, before and after: cdk.tf.json or a fabric file, - for standard input',
    )
    .option('--fabric <name>', 'which fabric of a stack that has several')
    .option('--wave <nodes...>', 'nodes that move together, with commas; once for each wave, in order')
    .option('--play', 'play it on a simulated network, however large')
    .option('--no-play', 'do not play it')
    .addOption(new Option('--json', 'print all of it as JSON').conflicts('markdown'))
    .option('--markdown', 'print it for a pull request')
    .action(async (files: string[], flags: Flags) => {
      const { before, after, origins } = await changeOf(files, flags);
      const waves = flags.wave?.map((wave) => wave.split(',')) ?? after.waves;
      const preview = previewOf(before, after.fabric, { waves: known(waves, after.fabric), origins, play: flags.play });
      const write = flags.markdown ? markdownReport : textReport;
      process.stdout.write(flags.json ? `${JSON.stringify(preview, null, 2)}\n` : write(preview));
      if (preview.isDisruptive && !after.allowDisruption) process.exitCode = EXIT.failed;
    });
}

interface Change {
  readonly before: Fabric;
  readonly after: FabricFile;
  /** The prefixes that nodes originate now, of those that answer. */
  readonly origins?: Origins;
}

async function changeOf(files: readonly string[], { via, fabric }: Flags): Promise<Change> {
  const [first, second, ...rest] = files.map((file) => readFabricFile(file, fabric));
  if (rest.length > 0) throw new CommandError('usage', 'give one file, or two: before and after');
  if (second) return { before: first.fabric, after: second };
  const { release, endpoints } = await new AgentClient(via).deployed();
  const isSmall = Object.keys(release.fabric.nodes).length <= PLAYED_UNASKED;
  return { before: release.fabric, after: first, ...(isSmall && { origins: await originsOf(endpoints) }) };
}

/** What nodes originate, as their agents tell; one that does not answer has a prefix made up for it. */
async function originsOf(endpoints: Readonly<Record<string, string>>): Promise<Origins> {
  const all = await Promise.all(
    Object.entries(endpoints).map(async ([node, endpoint]) => {
      const own: Prefix[] = [];
      try {
        for await (const { prefix, from } of new AgentClient(endpoint).routes())
          if (from === 'local') own.push(sure(Prefix.parse(prefix)));
      } catch {
        return [];
      }
      return own.length > 0 ? [[node, own] as const] : [];
    }),
  );
  return Object.fromEntries(all.flat());
}

function known(waves: readonly (readonly string[])[], { nodes }: Fabric): readonly (readonly string[])[] {
  const strange = waves.flat().find((name) => !Object.hasOwn(nodes, name));
  if (strange !== undefined) throw new CommandError('usage', `--wave: there is no node ${strange}`);
  return waves;
}
