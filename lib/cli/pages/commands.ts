import type { Argument, Command, Option } from 'commander';
import { examplesOf, withAllBelow, wordsOf } from '../examples';
import { EXIT_MEANINGS } from '../exit-codes';

/** The page of all commands, as Markdown, from their definitions. */
export function commandsPage(program: Command): string {
  const commands = withAllBelow(program).filter((command) => command !== program && isRunnable(command));
  return [
    '# Reference: the command line',
    '',
    'Generated from the commands themselves by `peerform reference --folder docs`. Each tells the same with `--help`.',
    '',
    ...commands.flatMap(section),
    '## Exit codes',
    '',
    '| code | |',
    '|---|---|',
    ...EXIT_MEANINGS.map(([code, meaning]) => `| ${code} | ${meaning} |`),
    '',
    '`peerform lab exec` ends as the command that it runs.',
    '',
  ].join('\n');
}

/** One that does something itself; the others only hold commands. `agent` is both. */
const isRunnable = (command: Command): boolean => command.commands.length === 0 || examplesOf(command).length > 0;

function section(command: Command): string[] {
  const { visibleArguments, visibleOptions } = parts(command);
  const examples = examplesOf(command);
  return [
    `## peerform ${wordsOf(command)}`,
    '',
    `${sentence(command.description())}`,
    '',
    ...rows('argument', visibleArguments.map(argumentRow)),
    ...rows('option', visibleOptions.map(optionRow)),
    ...(examples.length > 0 ? ['```sh', ...examples, '```', ''] : []),
  ];
}

function parts(command: Command) {
  const help = command.createHelp();
  const visibleOptions = help.visibleOptions(command).filter(({ long }) => long !== '--help');
  return { visibleArguments: help.visibleArguments(command), visibleOptions };
}

const argumentRow = (argument: Argument): [string, string] => {
  const name = `${argument.name()}${argument.variadic ? '…' : ''}`;
  return [argument.required ? `<${name}>` : `[${name}]`, argument.description];
};

function optionRow({ flags, description, argChoices, defaultValue, envVar }: Option): [string, string] {
  const more = [
    ...(argChoices ? [`one of ${argChoices.join(', ')}`] : []),
    ...(typeof defaultValue === 'string' ? [`default \`${defaultValue}\``] : []),
    ...(envVar ? [`environment \`${envVar}\``] : []),
  ];
  return [flags, [description, ...more].join('; ')];
}

/** `|` would end a cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

const rows = (heading: string, all: readonly (readonly [string, string])[]): string[] =>
  all.length === 0
    ? []
    : [`| ${heading} | |`, '|---|---|', ...all.map(([name, text]) => `| \`${cell(name)}\` | ${cell(text)} |`), ''];

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
