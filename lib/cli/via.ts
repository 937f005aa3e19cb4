import { userInfo } from 'node:os';
import { Argument, type Command, Option } from 'commander';
import { ETCD_VARIABLES, etcdUser } from '../control/fleet/access';
import { DEFAULT_SOCKET, parseEndpoint } from '../model/endpoint';
import { Problem } from '../model/problem';
import { CommandError } from './exit-codes';

/** Adds `--via`: the first agent to contact, which knows the others. In a lab, the lab's name suffices. */
export function withVia(command: Command): Command {
  return withLab(
    command.addOption(
      new Option('--via <endpoint>', 'endpoint of any agent of the fabric')
        .env('PEERFORM_ENDPOINT')
        .argParser(endpoint)
        .default(`unix://${DEFAULT_SOCKET}`),
    ),
  );
}

/** Adds `--lab` to a command that has `--via`, and resolves it before the command runs. */
export function withLab(command: Command): Command {
  return command
    .option('--lab <name>', 'name or folder of a lab on this machine, instead of --via')
    .hook('preAction', async (_, action) => {
      const { lab } = action.opts<{ lab?: string }>();
      if (lab === undefined) return;
      if (action.getOptionValueSource('via') === 'cli')
        throw new CommandError('usage', '--lab and --via cannot be combined: both say which agent is asked');
      action.setOptionValueWithSource('via', await endpointInLab(lab), 'cli');
    });
}

/** Loaded lazily: no other command needs namespaces. */
async function endpointInLab(lab: string): Promise<string> {
  const { Lab } = await import('../lab/lab');
  const { endpoint, environment } = Lab.open(lab.includes('/') ? { folder: lab } : { name: lab });
  // The agents know each other by the endpoints of the deploy, which may lead through the lab's etcd.
  Object.assign(process.env, environment);
  if (Object.keys(environment).length > 0) delete process.env[ETCD_VARIABLES.plaintext];
  return endpoint;
}

function endpoint(text: string): string {
  const parsed = parseEndpoint(text);
  if (parsed instanceof Problem) throw new CommandError('usage', String(parsed));
  return text;
}

/** Adds `--node`: selects an agent. */
export const withNode = (command: Command): Command =>
  command.option('--node <name>', 'the node; default: the one whose agent is at --via');

/** An argument with suggestions for completion; equivalent other words are accepted, too. */
export function suggesting(name: string, description: string, words: readonly string[]): Argument {
  const argument = new Argument(name, description);
  argument.argChoices = [...words];
  return argument;
}

/** Who runs a command, for the log of the agent; through etcd, with the name by which etcd knows who asks. */
export function whoAsks(via: string): string {
  const name = process.env.SUDO_USER ?? userInfo().username;
  const user = via.startsWith('etcd:') ? etcdUser() : undefined;
  return user === undefined ? name : `${name} (etcd user ${user})`;
}
