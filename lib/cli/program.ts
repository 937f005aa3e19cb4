import { Command } from 'commander';
import { VERSION } from '../agent/host/version';
import { addExamples, withHelp } from './help';
import { addOutputs } from './output';

interface CommandFile {
  /** Adds the command. `all` returns a program with every command. */
  readonly register: (program: Command, all: () => Promise<Command>) => void;
}

type Load = () => Promise<CommandFile>;

/** The commands, one file each, by topic, in the order of the help. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, Load>>>> = {
  'A project:': {
    init: () => import('./command/init'),
    impact: () => import('./command/impact'),
    report: () => import('./command/report'),
    import: () => import('./command/import'),
    provider: () => import('./command/provider'),
    lab: () => import('./command/lab'),
  },
  'What runs:': {
    status: () => import('./command/status'),
    watch: () => import('./command/watch'),
    ui: () => import('./command/ui'),
    sessions: () => import('./command/sessions'),
    routes: () => import('./command/routes'),
    why: () => import('./command/why'),
    get: () => import('./command/get'),
    config: () => import('./command/config'),
    node: () => import('./command/node'),
  },
  'Deploys and maintenance:': {
    gate: () => import('./command/gate'),
    rollback: () => import('./command/rollback'),
    drain: () => import('./command/drain'),
    reset: () => import('./command/reset'),
  },
  'The node:': {
    agent: () => import('./command/agent'),
    fleet: () => import('./command/fleet'),
    bfd: () => import('./command/bfd'),
    fib: () => import('./command/fib'),
  },
  'More:': {
    completion: () => import('./command/completion'),
    reference: () => import('./command/reference'),
    replay: () => import('./command/replay'),
    debug: () => import('./command/debug'),
    create: () => import('./command/refused'),
  },
};

const VERSION_FLAGS = ['-V', '--version'];

/**
 * The command line. With a command name, only that command is loaded and, for `--version`, none, because loading all
 * takes longer than most of them run.
 */
export async function programOf(only?: string): Promise<Command> {
  const program = withHelp(new Command('peerform'))
    .description('BGP networks as code')
    .version(VERSION, VERSION_FLAGS.join(', '), 'print the version')
    .helpOption('-h, --help', 'show this help')
    .enablePositionalOptions(); // `agent dial` has options with the same names as `agent`
  const file = only === 'undrain' ? 'drain' : only; // both in one file
  const all = Object.entries(GROUPS).flatMap(([group, commands]) =>
    Object.entries(commands).map(([name, load]) => ({ group, name, load })),
  );
  const named = all.filter(({ name }) => name === file);
  const needed = VERSION_FLAGS.includes(only ?? '') ? [] : named.length > 0 ? named : all;
  for (const { group, load } of needed) (await load()).register(program.commandsGroup(group), programOf);
  program.helpCommand('help [command]', 'show the help of a command');
  addOutputs(program);
  addExamples(program);
  return program;
}
