import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { referencePage } from '../../model/reference';
import { ownText, print } from '../terminal';

/** `peerform reference`: every field of a fabric, as Markdown, or all generated pages. `all`: every command. */
export function register(program: Command, all: () => Promise<Command>): void {
  program
    .command('reference')
    .description('print every field of a fabric and its meaning, as Markdown')
    .option(
      '--folder <folder>',
      'write the page, and one for the commands and each construct, resource and function, into a folder',
    )
    .action(async ({ folder }: { folder?: string }) => {
      if (folder === undefined) print(ownText(referencePage()));
      else await writePages(folder, await all());
    });
}

async function writePages(folder: string, program: Command): Promise<void> {
  const [{ generatedPages }, { commandsPage }] = await Promise.all([
    import('../pages/pages'),
    import('../pages/commands'),
  ]);
  const pages = { ...generatedPages(), 'commands.md': commandsPage(program) };
  for (const [path, text] of Object.entries(pages)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
