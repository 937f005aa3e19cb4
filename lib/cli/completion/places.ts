import type { Argument, Command, Option } from 'commander';
import { commandWords, isListed, withAllBelow } from '../tree';

/** Value of an option or argument; `any`: cannot be completed. */
export type CompletionValue =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'folder' | 'command' | 'any' };

/** A completion with its description. */
interface Word {
  readonly name: string;
  readonly about: string;
}

export interface OptionPlace {
  /** `-o` and `--output`, one or both. */
  readonly flags: readonly string[];
  readonly about: string;
  /** Unset: takes no value. */
  readonly value?: CompletionValue;
}

interface ArgumentPlace {
  readonly name: string;
  readonly value: CompletionValue;
  readonly isVariadic: boolean;
}

/** A position on the command line after given words: what may follow. */
export interface CompletionPlace {
  readonly words: string;
  readonly commands: readonly Word[];
  readonly options: readonly OptionPlace[];
  readonly arguments: readonly ArgumentPlace[];
}

/** All positions, starting with the program itself. Commands that only refuse are left out. */
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

/** Kinds of values, by their placeholder in the help. */
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
