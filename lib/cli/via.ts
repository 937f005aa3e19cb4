import { type Command, Option } from 'commander';
import { DEFAULT_SOCKET, parseEndpoint } from '../model/endpoint';
import { Problem } from '../model/problem';
import { CommandError } from './exit-codes';

/** Adds `--via`: where the first agent is found; it knows the others. */
export function withVia(command: Command): Command {
  return command.addOption(
    new Option('--via <endpoint>', 'endpoint of any agent of the fabric')
      .env('PEERFORM_ENDPOINT')
      .argParser(endpoint)
      .default(`unix://${DEFAULT_SOCKET}`),
  );
}

function endpoint(text: string): string {
  const parsed = parseEndpoint(text);
  if (parsed instanceof Problem) throw new CommandError('usage', String(parsed));
  return text;
}

/** Adds `--node`: whose agent is meant. */
export const withNode = (command: Command): Command =>
  command.option('--node <name>', 'the node; absent: the one whose agent is at --via');

/** Adds `-o`: the form of what is printed. */
export const withOutput = (command: Command, formats: readonly Format[]): Command =>
  command.addOption(new Option('-o, --output <format>', 'how to print it').choices(formats));

export type Format = 'wide' | 'json' | 'yaml';

/** Prints data as JSON or YAML, or, where none of them is asked for, as text for people. */
export async function print(output: Format | undefined, data: unknown, text: () => string): Promise<void> {
  if (output === 'json') process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
  else if (output === 'yaml')
    process.stdout.write((await import('yaml')).stringify(data)); // slow to load, seldom needed
  else process.stdout.write(text());
}
