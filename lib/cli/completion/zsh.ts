import type { CompletionPlace, CompletionValue, OptionPlace } from './places';
import { shellWord } from './shell-word';

/** Escapes text within an `_arguments` specification. */
const escaped = (text: string): string => text.replace(/[\\[\]:]/g, '\\$&');

const functionOf = (words: string): string => ['_peerform', ...words.split(' ').filter(Boolean)].join('_');

const ACTIONS: Readonly<Record<CompletionValue['kind'], (value: CompletionValue) => string>> = {
  words: (value) => `(${(value as { words: readonly string[] }).words.join(' ')})`,
  file: () => '_files',
  folder: () => '_files -/',
  command: () => '_command_names -e',
  any: () => ' ',
};
const messageAndAction = (name: string, value: CompletionValue): string =>
  `${escaped(name)}:${ACTIONS[value.kind](value)}`;

/** Script for zsh: to be sourced, or installed as `_peerform` in fpath. */
export function zshScript(places: readonly CompletionPlace[]): string {
  const lines = [
    '#compdef peerform',
    '# Completion of peerform for zsh, written by: peerform completion zsh',
    '',
    ...places.toReversed().flatMap(ofPlace),
    'if [[ $funcstack[1] == _peerform ]]; then',
    '  _peerform "$@"',
    'else',
    '  compdef _peerform peerform',
    'fi',
  ];
  return `${lines.join('\n')}\n`;
}

function ofPlace({ words, commands, options, arguments: all }: CompletionPlace): string[] {
  const specs = [
    ...options.map(optionSpec),
    ...(commands.length > 0
      ? [shellWord('1: :->command'), shellWord('*:: :->rest')]
      : all.map(({ name, value, isVariadic }, i) =>
          shellWord(`${isVariadic ? '*' : i + 1}:${messageAndAction(name, value)}`),
        )),
  ];
  const dispatch = [
    '  case $state in',
    '    command)',
    '      local -a commands=(',
    ...commands.map(({ name, about }) => `        ${shellWord(`${escaped(name)}:${about}`)}`),
    '      )',
    "      _describe -t commands 'command' commands",
    '      ;;',
    '    rest)',
    '      case $words[1] in',
    ...commands
      .filter(({ name }) => name !== 'help')
      .map(({ name }) => `        ${name}) ${functionOf(`${words} ${name}`)} ;;`),
    '      esac',
    '      ;;',
    '  esac',
  ];
  return [
    `${functionOf(words)}() {`,
    '  local curcontext="$curcontext" context state state_descr line ret=1',
    '  typeset -A opt_args',
    `  _arguments -C \\`,
    ...specs.map((spec) => `    ${spec} \\`),
    '    && ret=0',
    ...(commands.length > 0 ? [...dispatch, '  return 0'] : ['  return ret']),
    '}',
    '',
  ];
}

/** Each spelling excludes the other. */
function optionSpec({ flags, about, value }: OptionPlace): string {
  const rest = `[${escaped(about)}]${value ? `:${messageAndAction('value', value)}` : ''}`;
  return flags.length === 1
    ? shellWord(`${flags[0]}${rest}`)
    : `${shellWord(`(${flags.join(' ')})`)}{${flags.join(',')}}${shellWord(rest)}`;
}
