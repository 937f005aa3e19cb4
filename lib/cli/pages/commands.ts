import type { Argument, Command, Option } from 'commander';
import { examplesOf } from '../examples';
import { EXIT_MEANINGS } from '../exit-codes';
import { byGroup, commandWords, isListed, withAllBelow } from '../tree';

/** The page of all commands, as Markdown, generated from their definitions. */
export function commandsPage(program: Command): string {
  const commands = withAllBelow(program).filter((command) => command !== program && isRunnable(command));
  return [
    '# Reference: the command line',
    '',
    'Generated from the commands themselves by `peerform reference --folder docs`. Each command shows the same with `--help`, and has a manual page.',
    '',
    ...contents(program),
    '',
    ...OUTPUT,
    '',
    ...commands.filter(isListed).flatMap(section),
    ...refusedSection(commands.filter((command) => !isListed(command))),
    '## Exit codes',
    '',
    '| code | |',
    '|---|---|',
    ...EXIT_MEANINGS.map(([code, meaning]) => `| ${code} | ${meaning} |`),
    '',
    '`peerform lab exec` exits with the code of the command that it runs.',
    '',
  ].join('\n');
}

const OUTPUT = [
  '## Output',
  '',
  'Commands that print data take `-o`: `table` for people, `json` or `yaml` for programs. `routes` and `watch` print one JSON object per line, as there may be many. `--json`, and `--markdown` of `impact`, still mean the same.',
  '',
  'On a terminal, tables and help texts keep to its width, and states have colour. `NO_COLOR` turns colour off, and `FORCE_COLOR` turns it on in pipes, too.',
];

/** Whether it does something itself instead of only having subcommands. `agent` does both. */
const isRunnable = (command: Command): boolean => command.commands.length === 0 || examplesOf(command).length > 0;

/** Links to all sections, by help heading. */
function contents(program: Command): string[] {
  return [
    '| | |',
    '|---|---|',
    ...byGroup(program.commands.filter(isListed)).map(([heading, commands]) => {
      const all = commands.flatMap(withAllBelow).filter((command) => isListed(command) && isRunnable(command));
      return `| ${heading.replace(/:$/, '')} | ${all.map(link).join(', ')} |`;
    }),
  ];
}

const link = (command: Command): string =>
  `[${commandWords(command)}](#peerform-${commandWords(command).replaceAll(' ', '-')})`;

const refusedSection = (commands: readonly Command[]): string[] => [
  '## Refused commands',
  '',
  `Users of calicoctl may try ${commands.map((command) => `\`${commandWords(command)}\``).join(', ')}. None of them is carried out, as the fabric is code: each says where to change it, and exits with 9.`,
  '',
  '```sh',
  ...commands.flatMap(examplesOf),
  '```',
  '',
];

function section(command: Command): string[] {
  const { visibleArguments, visibleOptions } = parts(command);
  const examples = examplesOf(command);
  return [
    `## peerform ${commandWords(command)}`,
    '',
    sentence(command.description()),
    '',
    ...rows('argument', visibleArguments.map(argumentRow)),
    ...rows(
      'option',
      visibleOptions.map((option) => [option.flags, optionNotes(option, '`')]),
    ),
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
  const { argChoices, description, required } = argument;
  return [required ? `<${name}>` : `[${name}]`, [description, ...choicesOf(argChoices)].join('; ')];
};

const choicesOf = (choices?: readonly string[]): string[] => (choices ? [`one of ${choices.join(', ')}`] : []);

/** Description, choices and default of an option; `mark` surrounds what is typed. */
export function optionNotes({ description, argChoices, defaultValue, envVar }: Option, mark = ''): string {
  const isGiven = typeof defaultValue === 'string';
  return [
    description,
    ...choicesOf(argChoices),
    ...(isGiven ? [`default ${mark}${defaultValue}${mark}`] : []),
    ...(envVar ? [`environment ${mark}${envVar}${mark}`] : []),
  ].join('; ');
}

/** `|` would end a cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

const rows = (heading: string, all: readonly (readonly [string, string])[]): string[] =>
  all.length === 0
    ? []
    : [`| ${heading} | |`, '|---|---|', ...all.map(([name, text]) => `| \`${cell(name)}\` | ${cell(text)} |`), ''];

/** Makes a description a sentence. */
export const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
