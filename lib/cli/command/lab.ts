import { spawn } from 'node:child_process';
import { type Command, Option } from 'commander';
import { PATH } from '../../lab/host';
import { Lab } from '../../lab/lab';
import { SAMPLE } from '../../lab/sample';
import type { MemberStatus } from '../../lab/status';
import { up } from '../../lab/up';
import type { Fabric } from '../../model/fabric';
import { readFabric } from '../../model/read';
import { readFabricFile } from '../fabric-file';
import { table } from '../table';
import { describe } from './status';

interface Which {
  readonly name?: string;
  readonly dir?: string;
}

/** `peerform lab`: a fabric in network namespaces on this machine, with a real agent in each node. */
export function register(program: Command): void {
  const lab = program.command('lab').description('a fabric in network namespaces on this machine, with real agents');
  which(lab.command('up'))
    .description('build a fabric and start its agents; without root in a user namespace')
    .option('--fabric <file>', 'a fabric file, or the cdk.tf.json of a stack; absent: three nodes and a top-of-rack')
    .option('--idle', 'let the agents wait for a deploy instead of running the fabric at once')
    .addOption(new Option('--user-namespace', 'do as without root').hideHelp())
    .addOption(new Option('--no-bird', 'do as if BIRD were not installed').hideHelp())
    .action(bringUp);
  which(lab.command('down')).description('end everything that a lab started').action(takeDown);
  which(lab.command('exec'))
    .description('run a command on a node, a workload or an outside machine: peerform lab exec node1 -- ip route')
    .argument('<member>', 'name of the node, the workload or the outside machine')
    .argument('<command...>', 'the command, after --')
    .action(execute);
  which(lab.command('status'))
    .description('show who is in a lab, whether its agents run, and every session')
    .option('--json', 'print it as JSON')
    .action(showStatus);
}

const which = (command: Command): Command =>
  command
    .option('--name <name>', "name of the lab; absent: the fabric's, or the only lab there is")
    .option('--dir <folder>', 'folder of the lab');

const open = ({ name, dir }: Which) => Lab.open({ name, folder: dir });

interface UpFlags extends Which {
  readonly fabric?: string;
  readonly idle?: boolean;
  readonly userNamespace?: boolean;
  readonly bird: boolean;
}

async function bringUp({ name, dir, fabric: file, idle, userNamespace, bird }: UpFlags): Promise<void> {
  const fabric = readFile(file),
    interrupt = new AbortController(),
    started = Date.now();
  const stop = () => interrupt.abort(new Error('interrupted; nothing is left behind'));
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const lab = await up({
    fabric,
    name,
    folder: dir,
    agents: idle ? 'idle' : 'running',
    withoutRoot: userNamespace,
    bird: bird ? undefined : false,
    signal: interrupt.signal,
    onStep: (step) =>
      process.stderr.write(`lab: ${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${step}\n`),
  });
  process.stdout.write(`${membersTable(await lab.status())}\n\nThe lab ${lab.name} is up, in ${lab.folder}\n`);
  for (const [node, endpoint] of Object.entries(lab.endpoints)) process.stdout.write(`  ${node}  ${endpoint}\n`);
}

async function takeDown(flags: Which): Promise<void> {
  const lab = open(flags);
  await lab.down();
  process.stdout.write(`The lab ${lab.name} is gone\n`);
}

/** The command has the terminal; its exit code is ours. */
function execute(member: string, command: string[], flags: Which): Promise<void> {
  const [program, ...rest] = open(flags).argv(member, command);
  const child = spawn(program, rest, { stdio: 'inherit', env: { ...process.env, PATH } });
  const ignore = () => {}; // an interrupt from the terminal goes to the command, which decides
  process.on('SIGINT', ignore);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      process.exitCode = code ?? 1;
      process.off('SIGINT', ignore);
      resolve();
    });
  });
}

/** Exits with 1 where something that should run does not. */
async function showStatus({ json, ...flags }: Which & { json?: boolean }): Promise<void> {
  const lab = open(flags),
    members = await lab.status();
  if (json) process.stdout.write(`${JSON.stringify({ name: lab.name, folder: lab.folder, members }, null, 2)}\n`);
  else {
    const answers = members.flatMap(({ name, agent }) => (agent ? [{ node: name, status: agent }] : []));
    process.stdout.write(`${membersTable(members)}\n${answers.length > 0 ? `\n${describe(answers)}` : ''}`);
  }
  if (members.some(({ speaker, isRunning, error }) => error || (speaker && !isRunning))) process.exitCode = 1;
}

/** Who is in the lab and how it is, one line each. */
export function membersTable(members: readonly MemberStatus[]): string {
  const rows = members.map(({ name, kind, speaker, pid, isRunning, sessions, addresses, error }) => [
    name,
    kind,
    speaker ? `${speaker} ${isRunning ? `(pid ${pid})` : 'is not running'}` : '',
    sessions ? `${sessions.established}/${sessions.total}` : '',
    [...addresses, ...(error ? [`no answer: ${error}`] : [])].join('  '),
  ]);
  return table(['MEMBER', 'KIND', 'SPEAKER', 'SESSIONS UP', 'ADDRESSES'], rows);
}

/** A fabric file or the `cdk.tf.json` of a stack; absent: the sample. */
function readFile(file?: string): Fabric {
  if (file !== undefined) return readFabricFile(file).fabric;
  return readFabric(SAMPLE).fabric!;
}
