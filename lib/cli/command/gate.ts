import type { Command } from 'commander';
import { commandOf, readCheck, runCheck } from '../../control/check';
import { underGuard } from '../../control/guard';
import { CommandError } from '../exit-codes';
import { line, printError } from '../terminal';
import { withLab } from '../via';

/**
 * `peerform gate -- COMMAND`: a custom check between two waves for plain Terraform; in a stack of constructs, `Gate`
 * runs the same.
 */
export function register(program: Command): void {
  withLab(program.command('gate'))
    .summary('run your own check between two waves, and roll back the release if it fails')
    .description(
      'run your own check between two waves: if it fails, takes too long or is interrupted, the release on trial is rolled back at once on every node. PEERFORM_RELEASE and PEERFORM_ACTIVATION say which it is. Exits with the code of the check, 124 if it took too long, 130 if it was interrupted',
    )
    .argument('[command...]', 'the check: a single word is run by sh; default: PEERFORM_CHECK')
    .option('--within <seconds>', 'time limit; default: PEERFORM_WITHIN, otherwise no limit')
    .option(
      '--via <endpoint>',
      'an agent of the fabric; default: PEERFORM_ENDPOINTS (several, separated by spaces) or PEERFORM_ENDPOINT',
    )
    .action(async (words: string[], { within, via }: { within?: string; via?: string }) => {
      const check = readCheck(
        {
          ...process.env,
          ...(within !== undefined && { PEERFORM_WITHIN: within }),
          ...(via !== undefined && { PEERFORM_ENDPOINTS: via }),
        },
        commandOf(words) ?? process.env.PEERFORM_CHECK,
      );
      if (typeof check === 'string') throw new CommandError('usage', check);
      const say = (text: string) => printError(line`${text}`);
      process.exit(await underGuard(process.argv.slice(1), (interrupted) => runCheck(check, say, interrupted)));
    });
}
