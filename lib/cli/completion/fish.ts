import type { CompletionPlace, CompletionValue } from './places';

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** fish options for a value: `-x` for only these words, `-r` for files. */
const VALUES: Readonly<Record<CompletionValue['kind'], (value: CompletionValue) => string>> = {
  words: (value) => `-x -a ${quoted((value as { words: readonly string[] }).words.join(' '))}`,
  file: () => '-r -F',
  folder: () => "-x -a '(__fish_complete_directories)'",
  command: () => "-x -a '(__fish_complete_command)'",
  any: () => '-x',
};

/** A script for fish. */
export function fishScript(places: readonly CompletionPlace[]): string {
  const known = places.filter(({ words }) => words !== '').map(({ words }) => quoted(words));
  const lines = [
    '# Completion of peerform for fish, written by: peerform completion fish',
    '',
    '# The words of the command that is typed, without options; what follows them are its arguments.',
    'function __peerform_words',
    '  set -l at',
    '  for word in (commandline -opc)[2..]',
    "    string match -q -- '-*' $word; and continue",
    `    contains -- (string join ' ' $at $word) ${known.join(' ')}; or break`,
    '    set -a at $word',
    '  end',
    "  string join ' ' $at",
    'end',
    '',
    'function __peerform_at',
    '  set -l at (__peerform_words)',
    '  test "$at" = "$argv"',
    'end',
    '',
    'complete -c peerform -f',
    ...places.flatMap(ofPlace),
  ];
  return `${lines.join('\n')}\n`;
}

function ofPlace({ words, commands, options, arguments: all }: CompletionPlace): string[] {
  const base = `complete -c peerform -n ${quoted(`__peerform_at ${quoted(words)}`)}`;
  return [
    ...commands.map(({ name, about }) => `${base} -a ${quoted(name)} -d ${quoted(about)}`),
    ...options.map(({ flags, about, value }) => {
      const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
      return [base, ...names, ...(value ? [VALUES[value.kind](value)] : []), '-d', quoted(about)].join(' ');
    }),
    ...all
      .filter(({ value }) => value.kind !== 'any')
      .map(({ value }) => `${base} ${VALUES[value.kind](value).replace(/^-[xr] /, '')}`),
  ];
}
