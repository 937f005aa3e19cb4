import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { referencePage } from '../../model/reference';
import { generatedPages } from '../pages/pages';

/** `peerform reference`: the fabric language, every field with its meaning, as Markdown; or all pages that follow from schemas. */
export function register(program: Command): void {
  program
    .command('reference')
    .description('print every field of a fabric and its meaning, as Markdown')
    .option('--folder <folder>', 'write the page, and one for each construct, resource and function, into a folder')
    .action(({ folder }: { folder?: string }) => {
      if (folder === undefined) process.stdout.write(referencePage());
      else
        for (const [path, text] of Object.entries(generatedPages())) {
          mkdirSync(dirname(join(folder, path)), { recursive: true });
          writeFileSync(join(folder, path), text);
        }
    });
}
