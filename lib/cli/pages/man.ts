import type { Command } from 'commander';
import { SERVICE_FILES } from '../../agent/host/service-unit';
import { DEFAULT_SOCKET } from '../../model/endpoint';
import { examplesOf } from '../examples';
import { EXIT_MEANINGS } from '../exit-codes';
import { argumentTerm, exampleLines } from '../help';
import { byGroup, commandWords, isListed, withAllBelow } from '../tree';
import { optionNotes, sentence } from './commands';

/** Header and footer of every page. `date` is formatted as `2026-11-29`. */
interface Edition {
  readonly version: string;
  readonly date: string;
  /** Description of the program in a sentence. */
  readonly about: string;
}

/** Every manual page, in man(7), by file name: `peerform.1`, and one per command except those that only refuse. */
export function manualPages(program: Command, edition: Edition): Readonly<Record<string, string>> {
  const commands = withAllBelow(program).filter(isListed);
  return Object.fromEntries(
    commands.map((command) => [`${pageName(command)}.1`, `${pageOf(command, commands, edition).join('\n')}\n`]),
  );
}

/** `peerform-config-get` */
const pageName = (command: Command): string =>
  ['peerform', ...commandWords(command).split(' ')].filter((word) => word !== '').join('-');

const commandName = (command: Command): string => ['peerform', commandWords(command)].join(' ').trim();

function pageOf(command: Command, all: readonly Command[], { version, date, about }: Edition): string[] {
  const help = command.createHelp();
  const isProgram = command.parent === null;
  const below = all.filter(({ parent }) => parent === command);
  return [
    `.TH ${pageName(command).toUpperCase().replaceAll('-', '\\-')} 1 ${date} "Peerform ${version}" "Peerform"`,
    '.SH NAME',
    `${text(pageName(command))} \\- ${text(command.summary() || command.description())}`,
    '.SH SYNOPSIS',
    `\\fB${text(commandName(command))}\\fR ${text(usageOf(command))}`,
    '.SH DESCRIPTION',
    text(sentence(isProgram ? about : command.description())),
    ...list(
      'ARGUMENTS',
      help.visibleArguments(command).map((one) => [`\\fI${text(one.name())}\\fR`, one.description]),
    ),
    ...list(
      'OPTIONS',
      help.visibleOptions(command).map((option) => [flagsOf(option.flags), optionNotes(option)]),
    ),
    ...byGroup(below).flatMap(([group, commands]) =>
      list(
        group === '' ? 'COMMANDS' : `COMMANDS: ${group.replace(/:$/, '').toUpperCase()}`,
        commands.map((one) => [reference(one), one.summary() || one.description()]),
      ),
    ),
    ...refusedPart(command),
    ...examplesPart(command),
    ...(isProgram ? PROGRAM_PARTS.flatMap(([heading, rows]) => list(heading, rows)) : []),
    ...(command.parent ? ['.SH SEE ALSO', reference(command.parent)] : []),
  ];
}

function refusedPart(command: Command): string[] {
  const names = command.commands.filter((one) => !isListed(one)).map((one) => one.name());
  return names.length === 0
    ? []
    : [
        '.SH REFUSED COMMANDS',
        text(`${names.join(', ')}: refused, since the fabric is code. Each says where to change it.`),
      ];
}

function examplesPart(command: Command): string[] {
  const lines = examplesOf(command).flatMap((example) => exampleLines(example, 72));
  return lines.length === 0 ? [] : ['.SH EXAMPLES', '.nf', ...lines.map(text), '.fi'];
}

type Rows = readonly (readonly [string, string])[];

/** Sections only on the page of the program itself. */
const PROGRAM_PARTS: readonly (readonly [string, Rows])[] = [
  ['EXIT STATUS', EXIT_MEANINGS.map(([code, meaning]) => [`${code}`, meaning])],
  [
    'FILES',
    [
      [DEFAULT_SOCKET, 'the socket of the agent of this machine'],
      [SERVICE_FILES.settings, 'the name of the node, and options of the agent'],
      [SERVICE_FILES.state, 'releases and state of the agent'],
    ],
  ],
  [
    'ENVIRONMENT',
    [
      ['PEERFORM_ENDPOINT', 'the endpoint of an agent, if --via is not given'],
      [
        'PEERFORM_ETCD_CACERT, PEERFORM_ETCD_CERT, PEERFORM_ETCD_KEY',
        'files in PEM for TLS with the etcd of etcd:// endpoints',
      ],
      ['PEERFORM_SSH_CONFIG', "a configuration file for ssh:// endpoints, instead of the user's"],
      ['NO_COLOR', 'if set to any value: no colour'],
      ['FORCE_COLOR', 'colour even if standard output is not a terminal; 0: no colour'],
    ],
  ],
];

const usageOf = (command: Command): string =>
  [
    '[options]',
    ...(command.commands.some(isListed) ? [command.registeredArguments.length > 0 ? '' : '[command]'] : []),
    ...command.registeredArguments.map(argumentTerm),
  ].join(' ');

const list = (heading: string, rows: Rows): string[] =>
  rows.length === 0
    ? []
    : [
        `.SH ${heading}`,
        ...rows.flatMap(([term, about]) => ['.TP', term.startsWith('\\f') ? term : text(term), text(about)]),
      ];

const reference = (command: Command): string => `\\fB${text(pageName(command))}\\fR(1)`;

/** `-o, --output <format>`: flags bold, values italic. */
const flagsOf = (flags: string): string =>
  flags
    .split(/(<[^>]*>|\[[^\]]*\])/)
    .map((part) =>
      /^[<[]/.test(part) ? `\\fI${text(part)}\\fR` : `\\fB${text(part.trimEnd())}\\fR${part.endsWith(' ') ? ' ' : ''}`,
    )
    .filter((part) => part !== '\\fB\\fR')
    .join('');

/** Escapes text for troff. */
const text = (words: string): string =>
  words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replace(/^([.'])/, '\\&$1');
