import { Command } from 'commander';
import { VERSION } from '../agent/version';
import { addExamples } from './examples';
import { EXIT } from './exit-codes';

interface CommandFile {
  /** Adds the command; `all` gives a program of every command. */
  readonly register: (program: Command, all: () => Promise<Command>) => void;
}

/** The commands, each a file of its own, in the order of the help. */
export const COMMANDS: Readonly<Record<string, () => Promise<CommandFile>>> = {
  agent: () => import('./command/agent'),
  status: () => import('./command/status'),
  watch: () => import('./command/watch'),
  impact: () => import('./command/impact'),
  get: () => import('./command/get'),
  config: () => import('./command/config'),
  node: () => import('./command/node'),
  sessions: () => import('./command/sessions'),
  routes: () => import('./command/routes'),
  drain: () => import('./command/drain'),
  fib: () => import('./command/fib'),
  lab: () => import('./command/lab'),
  provider: () => import('./command/provider'),
  import: () => import('./command/import'),
  reference: () => import('./command/reference'),
  replay: () => import('./command/replay'),
  debug: () => import('./command/debug'),
  create: () => import('./command/refused'),
};

/** The command line; with a name of a command only that one, since loading all of them takes longer than most of them run. */
export async function programOf(only?: string): Promise<Command> {
  const program = new Command('peerform')
    .description('BGP networks as code')
    .version(VERSION)
    .enablePositionalOptions() // `agent dial` has options of the same names as `agent`
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.ok : EXIT.usage));
  const file = only === 'undrain' ? 'drain' : only; // both in one
  const names = file !== undefined && Object.hasOwn(COMMANDS, file) ? [file] : Object.keys(COMMANDS);
  for (const name of names) (await COMMANDS[name]()).register(program, programOf);
  addExamples(program);
  return program;
}
