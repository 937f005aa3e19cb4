import type { Command } from 'commander';

/** The words that lead to a command, without the program's own name. */
export const commandWords = (command: Command): string =>
  command.parent === null ? '' : `${commandWords(command.parent)} ${command.name()}`.trim();

/** A command and all below it, in the order of the help. */
export const withAllBelow = (command: Command): Command[] => [command, ...command.commands.flatMap(withAllBelow)];

/** Whether the help lists it; those that only refuse are one line of it. */
export const isListed = (command: Command): boolean =>
  command.parent === null ||
  (isListed(command.parent) && command.parent.createHelp().visibleCommands(command.parent).includes(command));

/** Commands by the heading that they have in the help, in its order. */
export function byGroup(commands: readonly Command[]): (readonly [string, readonly Command[]])[] {
  const headings = [...new Set(commands.map((one) => one.helpGroup()))];
  return headings.map((heading) => [heading, commands.filter((one) => one.helpGroup() === heading)]);
}
