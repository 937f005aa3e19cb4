import type { Command } from 'commander';
import { EXIT } from '../exit-codes';
import { type Format, show } from '../output';
import { withVia } from '../via';
import { whyData, whyText } from '../view/why';
import { isFine } from '../why/causes';
import { explain } from '../why/explain';

/** `peerform why`: finds the cause of a symptom. Exits with 1 if something is wrong. */
export function register(program: Command): void {
  withVia(program.command('why'))
    .summary('say why a node has no route to a prefix, or no session with a neighbour')
    .description(
      'say why a node has no route to a prefix, or no session with a neighbour, in a table of causes, the likeliest first; asks the other nodes where they may know. Exits with 1 if something is wrong',
    )
    .argument('<node>', 'name of the node')
    .argument(
      '<prefix-or-neighbour>',
      'a prefix, an address for the longest prefix that contains it, or a neighbour by its address or its name',
    )
    .action(async (node: string, about: string, { via, output }: { via: string; output: Format }) => {
      const explanation = await explain(via, node, about);
      await show(output, { data: whyData(explanation), table: (screen) => whyText(explanation, screen) });
      if (!explanation.findings.every(isFine)) process.exitCode = EXIT.failed;
    });
}
