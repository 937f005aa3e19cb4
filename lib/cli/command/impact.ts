import type { Command } from 'commander';
import { printable } from '../../model/printable';
import { textFindings } from '../../preview/report';
import { markdownOf } from '../../report/markdown';
import { type ChangeFlags, lookedAt, withChange } from '../changes';
import { EXIT } from '../exit-codes';
import { type Format, show } from '../output';
import { foldedLine, lines, ownText, styled } from '../terminal';

interface Flags extends ChangeFlags {
  readonly output: Format;
}

/**
 * `peerform impact`: previews what a change does to the network. Exits with 1 if it cuts nodes off and the stack does
 * not allow that; with several fabrics, if any does.
 */
export function register(program: Command): void {
  withChange(program.command('impact'))
    .summary('show the effect of a change on the network before it is deployed')
    .description(
      'show the effect of a change on sessions, paths and prefixes before it is deployed: to what runs (--via), of a plan, or of two files',
    )
    .action(async (files: string[], flags: Flags, command: Command) => {
      const looked = await lookedAt(files, flags, command);
      const previews = looked.map(({ preview }) => preview);
      const isOne = previews.length === 1;
      await show(flags.output, {
        data: isOne ? previews[0] : previews,
        table: (screen) =>
          lines(
            ...previews.map((preview) => {
              const about = printable(preview.about);
              const headline = isOne ? about : `Fabric ${printable(preview.fabric)}: ${about}`;
              return lines(
                styled(preview.isDisruptive ? 'red' : 'bold', foldedLine(ownText(headline), screen, 2), screen),
                ownText(textFindings(preview)),
              );
            }),
          ),
        markdown: () => ownText(markdownOf(looked.map(({ report }) => report()))),
      });
      if (looked.some(({ isRefused }) => isRefused)) process.exitCode = EXIT.failed;
    });
}
