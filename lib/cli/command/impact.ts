import { type Command, Option } from 'commander';
import type { Fabric } from '../../model/fabric';
import { previewOf } from '../../preview/preview';
import { markdownReport, textReport } from '../../preview/report';
import { CommandError, EXIT } from '../exit-codes';
import { readFabricFile } from '../fabric-file';

interface Flags {
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
  program
    .command('impact')
    .description('show what a change does to sessions, paths and prefixes, before anything moves')
    .argument('<before>', 'the fabric as it is: cdk.tf.json or a fabric file; - for standard input')
    .argument('<after>', 'the fabric after the change')
    .option('--fabric <name>', 'which fabric of a stack that has several')
    .option('--wave <nodes...>', 'nodes that move together, with commas; once for each wave, in order')
    .option('--play', 'play it on a simulated network, however large')
    .option('--no-play', 'do not play it')
    .addOption(new Option('--json', 'print all of it as JSON').conflicts('markdown'))
    .option('--markdown', 'print it for a pull request')
    .action((before: string, after: string, flags: Flags) => {
      const [old, now] = [before, after].map((file) => readFabricFile(file, flags.fabric));
      const waves = flags.wave?.map((wave) => wave.split(',')) ?? now.waves;
      const preview = previewOf(old.fabric, now.fabric, { waves: known(waves, now.fabric), play: flags.play });
      const write = flags.markdown ? markdownReport : textReport;
      process.stdout.write(flags.json ? `${JSON.stringify(preview, null, 2)}\n` : write(preview));
      if (preview.isDisruptive && !now.allowDisruption) process.exitCode = EXIT.failed;
    });
}

function known(waves: readonly (readonly string[])[], { nodes }: Fabric): readonly (readonly string[])[] {
  const strange = waves.flat().find((name) => !Object.hasOwn(nodes, name));
  if (strange !== undefined) throw new CommandError('usage', `--wave: there is no node ${strange}`);
  return waves;
}
