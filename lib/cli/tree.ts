import type { Command } from 'commander';

/** The words of a command, without the program's name. */
export const commandWords = (command: Command): string =>
  command.parent === null ? '' : `${commandWords(command.parent)} ${command.name()}`.trim();

/** A command and its subcommands, in the order of the help. */
export const withAllBelow = (command: Command): Command[] => [command, ...command.commands.flatMap(withAllBelow)];

/** Whether the help lists it; those that only refuse share one line. */
export const isListed = (command: Command): boolean =>
  command.parent === null ||
  (isListed(command.parent) && command.parent.createHelp().visibleCommands(command.parent).includes(command));

/** Commands by help heading, in order. */
export function byGroup(commands: readonly Command[]): (readonly [string, readonly Command[]])[] {
  const headings = [...new Set(commands.map((one) => one.helpGroup()))];
  return headings.map((heading) => [heading, commands.filter((one) => one.helpGroup() === heading)]);
}
