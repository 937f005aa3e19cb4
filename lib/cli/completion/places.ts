import type { Argument, Command, Option } from 'commander';
import { commandWords, isListed, withAllBelow } from '../tree';

/** What may be typed for an option or an argument; `any`: what only the user knows. */
export type CompletionValue =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'folder' | 'command' | 'any' };

/** A word that may be typed, and what it means. */
interface Word {
  readonly name: string;
  readonly about: string;
}

export interface OptionPlace {
  /** `-o` and `--output`, one or both. */
  readonly flags: readonly string[];
  readonly about: string;
  /** Absent: it takes none. */
  readonly value?: CompletionValue;
}

interface ArgumentPlace {
  readonly name: string;
  readonly value: CompletionValue;
  readonly isVariadic: boolean;
}

/** A place of the command line, after the words that lead to it: what may follow. */
export interface CompletionPlace {
  readonly words: string;
  readonly commands: readonly Word[];
  readonly options: readonly OptionPlace[];
  readonly arguments: readonly ArgumentPlace[];
}

/** Every place of a command line, the program itself first; commands that only refuse are none. */
export const placesOf = (program: Command): CompletionPlace[] => withAllBelow(program).filter(isListed).map(placeOf);

function placeOf(command: Command): CompletionPlace {
  const help = command.createHelp();
  return {
    words: commandWords(command),
    commands: help
      .visibleCommands(command)
      .map((one) => ({ name: one.name(), about: one.summary() || one.description() })),
    options: help.visibleOptions(command).map(optionPlace),
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      value: valueFor(argument, argument.name()),
      isVariadic: argument.variadic,
    })),
  };
}

const optionPlace = (option: Option): OptionPlace => ({
  flags: [option.short, option.long].filter((flag) => flag !== undefined),
  about: option.description,
  ...((option.required || option.optional) && { value: valueFor(option, /[<[]([^>\].]+)/.exec(option.flags)?.[1]) }),
});

/** By the names that stand for it in the help, what a value is. */
const KINDS: Readonly<Record<string, 'file' | 'folder' | 'command'>> = {
  file: 'file',
  path: 'file',
  folder: 'folder',
  command: 'command',
};

function valueFor({ argChoices }: Argument | Option, name = ''): CompletionValue {
  if (argChoices) return { kind: 'words', words: argChoices };
  return { kind: KINDS[name] ?? 'any' };
}
