import { Argument, type Command } from 'commander';
import { bashScript } from '../completion/bash';
import { fishScript } from '../completion/fish';
import { type CompletionPlace, placesOf } from '../completion/places';
import { zshScript } from '../completion/zsh';
import { ownText, print } from '../terminal';

/** Scripts by shell. */
export const SCRIPTS: Readonly<Record<string, (places: readonly CompletionPlace[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/**
 * `peerform completion SHELL`: prints a shell script that completes commands, options, values and files. `all`: every
 * command.
 */
export function register(program: Command, all: () => Promise<Command>): void {
  program
    .command('completion')
    .description('print a completion script for a shell: commands, options and their values')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SCRIPTS)))
    .action(async (shell: string) => {
      print(ownText(SCRIPTS[shell](placesOf(await all()))));
    });
}
