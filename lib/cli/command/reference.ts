import type { Command } from 'commander';
import { referencePage } from '../../model/reference';

/** `peerform reference`: the fabric language, every field with its meaning, as Markdown. */
export function register(program: Command): void {
  program
    .command('reference')
    .description('print every field of a fabric and its meaning, as Markdown')
    .action(() => {
      process.stdout.write(referencePage());
    });
}
