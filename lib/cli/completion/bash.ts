import type { CompletionPlace, CompletionValue } from './places';
import { shellWord } from './shell-word';

/** Code of a value's branch: `what` is the kind of completion, `list` the words. */
const setting = (value: CompletionValue): string =>
  value.kind === 'words' ? `what=words list=${shellWord(value.words.join(' '))}` : `what=${value.kind}`;

/** Script for bash 3.2 or newer, without bash-completion. */
export function bashScript(places: readonly CompletionPlace[]): string {
  const branches = (of: (place: CompletionPlace) => string[]) => places.flatMap(of).map((line) => `    ${line}`);
  const lines = [
    '# Completion of peerform for bash, written by: peerform completion bash',
    '',
    '# What may follow the words $1: sets commands and options.',
    '_peerform_place() {',
    '  commands= options=',
    '  case $1 in',
    ...branches(({ words, commands, options }) => [
      `${shellWord(words)}) commands=${shellWord(commands.map(({ name }) => name).join(' '))} options=${shellWord(options.flatMap(({ flags }) => flags).join(' '))} ;;`,
    ]),
    '  esac',
    '}',
    '',
    '# What the option $2 takes after the words $1: sets what and list; fails where it takes nothing.',
    '_peerform_option() {',
    '  what= list=',
    '  case "$1 $2" in',
    ...branches(({ words, options }) =>
      options.flatMap(({ flags, value }) =>
        value ? [`${flags.map((flag) => shellWord(`${words} ${flag}`)).join(' | ')}) ${setting(value)} ;;`] : [],
      ),
    ),
    '    *) return 1 ;;',
    '  esac',
    '}',
    '',
    '# What the argument of number $2, from 0, is after the words $1: sets what and list.',
    '_peerform_argument() {',
    '  what= list=',
    '  case "$1 $2" in',
    ...branches(({ words, arguments: all }) =>
      all.map(
        ({ value, isVariadic }, i) =>
          `${shellWord(`${words} `)}${isVariadic ? '*' : shellWord(`${i}`)}) ${setting(value)} ;;`,
      ),
    ),
    '  esac',
    '}',
    '',
    FUNCTION,
  ];
  return `${lines.join('\n')}\n`;
}

const FUNCTION = `_peerform() {
  # Bash ends words at = and :, too, which stand within --option=value and within endpoints.
  local words=() count=0 i word glue=
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((count > 1)) && [[ -n $glue || $word == [=:]* ]]; then
      words[count - 1]+=$word
    else
      words[count]=$word
      ((count++))
    fi
    glue=
    [[ $word == *[=:] ]] && glue=1
  done
  local cur=\${words[count - 1]} at= seen=0 pending= ended= next
  local commands options what list
  _peerform_place ''
  for ((i = 1; i < count - 1; i++)); do
    word=\${words[i]}
    if [[ -n $pending ]]; then
      pending=
    elif [[ -n $ended ]]; then
      ((seen++))
    elif [[ $word == -- ]]; then
      ended=1
    elif [[ $word == -* ]]; then
      [[ $word != *=* ]] && _peerform_option "$at" "$word" && pending=$word
    elif [[ $seen == 0 && " $commands " == *" $word "* ]]; then
      next="\${at:+$at }$word" at=$next
      _peerform_place "$at"
    else
      ((seen++))
    fi
  done
  COMPREPLY=()
  if [[ -n $pending ]]; then
    _peerform_option "$at" "$pending"
  elif [[ -z $ended && $cur == --*=* ]]; then
    _peerform_option "$at" "\${cur%%=*}" || return
    cur=\${cur#*=}
  elif [[ -z $ended && $cur == -* ]]; then
    what=words list=$options
  else
    _peerform_argument "$at" "$seen"
    if [[ $seen == 0 && -n $commands ]]; then
      what=words list=$commands
    fi
  fi
  local flag
  case $what in
    words) flag=(-W "$list") ;;
    file) flag=(-f) ;;
    folder) flag=(-d) ;;
    command) flag=(-c) ;;
    *) return ;;
  esac
  [[ $what == f* ]] && compopt -o filenames 2>/dev/null
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <(compgen "\${flag[@]}" -- "$cur")
}

complete -F _peerform peerform`;
