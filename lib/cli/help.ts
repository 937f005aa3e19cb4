import type { Argument, Command } from 'commander';
import { wrapped } from './columns';
import { examplesOf } from './examples';
import { EXIT } from './exit-codes';
import { ownPage, ownScreen, ownText, print, printError, styled } from './terminal';
import { withAllBelow } from './tree';

/** Default width of help texts, and maximum width for readability. */
const WIDTH = 80;
const WIDEST = 110;

const width = (): number => Math.min(ownScreen().columns ?? WIDTH, WIDEST);

/** As in a usage line: `<file...>`, `[folder]`. */
export function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** How a program and its commands print help, and exit on an invalid command line. */
export const withHelp = (program: Command): Command =>
  program
    .configureHelp({
      styleTitle: (title) => styled('bold', ownText(title), ownScreen()),
      subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
      minWidthToWrap: 20,
    })
    .configureOutput({
      writeOut: (text) => print(ownPage(text)),
      writeErr: (text) => printError(ownText(text)),
      getOutHelpWidth: width,
      getErrHelpWidth: width,
      getOutHasColors: () => ownScreen().hasColour,
    })
    .showHelpAfterError('(--help shows what it takes)')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.ok : EXIT.usage));

/** Adds a section at the end of a help text, for commands that are not listed individually. */
export function addGroup(command: Command, heading: string, words: readonly string[]): void {
  command.addHelpText('after', () => {
    const title = wrapped(heading, width()).map((line) => styled('bold', ownText(line), ownScreen()));
    return ['', ...title, ...wrapped(words.join(', '), width() - 2).map((line) => `  ${line}`)].join('\n');
  });
}

/** Adds examples to the help of every command. */
export function addExamples(program: Command): void {
  for (const command of withAllBelow(program)) {
    const examples = examplesOf(command);
    if (examples.length > 0)
      command.addHelpText('after', () => {
        const lines = examples.flatMap((example) => exampleLines(example, width() - 2));
        return `\n${styled('bold', ownText('Examples:'), ownScreen())}\n${lines.map((line) => `  ${line}`).join('\n')}`;
      });
  }
}

/** A shell word, so that lines are not broken within one. */
const SHELL_WORD = /(?:'[^']*'|"[^"]*"|[^\s'"])+/g;

/** An example wrapped to a width so that it can be pasted into a shell, with its description above. */
export function exampleLines(example: string, columns: number): string[] {
  if (example.length <= columns) return [example];
  const [command, said] = example.split(/ {3}# /, 2);
  const lines: string[] = [];
  for (const word of command.match(SHELL_WORD) ?? []) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns - 2) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `    ${word}`);
  }
  const above = said === undefined ? [] : wrapped(said, columns - 2).map((line) => `# ${line}`);
  return [...above, ...lines.map((line, i) => (i < lines.length - 1 ? `${line} \\` : line))];
}
