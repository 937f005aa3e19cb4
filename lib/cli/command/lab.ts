import { spawn } from 'node:child_process';
import { type Command, Option } from 'commander';
import { OUTSIDE_KINDS, type SpeakerKind } from '../../lab/daemon/daemons';
import { SEARCH_PATH } from '../../lab/host';
import { Lab } from '../../lab/lab';
import { SAMPLE } from '../../lab/sample';
import type { MemberStatus } from '../../lab/status';
import { up } from '../../lab/up';
import type { Fabric } from '../../model/fabric';
import { readFabric } from '../../model/read';
import { CommandError } from '../exit-codes';
import { FABRIC_FILES, readFabricFiles } from '../fabric-file';
import { type Format, show } from '../output';
import { PLAIN, type Screen } from '../screen';
import { table } from '../table';
import { type Cell, line, lines, print, printError, type Text } from '../terminal';
import { etcdLine, howToUse } from '../view/lab-etcd';
import { describeStatus } from './status';

interface Which {
  readonly name?: string;
  readonly dir?: string;
}

/** `peerform lab`: runs a fabric in network namespaces on this machine, with a real agent for each node. */
export function register(program: Command): void {
  const lab = program.command('lab').description('a fabric in network namespaces on this machine, with real agents');
  which(lab.command('up'))
    .description(
      'build a fabric and start its agents, without root in a user namespace; a lab that is up follows a changed fabric, and what stays is not touched',
    )
    .option('--fabric <file>', `${FABRIC_FILES}; default: three nodes and a top-of-rack`)
    .option('--idle', 'have the agents wait for a deploy instead of running the fabric at once')
    .option('--etcd', 'run an etcd with a certificate for each node, through which the agents are reached')
    .addOption(
      new Option(
        '--outside <daemon>',
        'what stands for the outside neighbours; default: bird if it is installed, otherwise agents',
      ).choices(OUTSIDE_KINDS),
    )
    .addOption(new Option('--user-namespace', 'behave as without root').hideHelp())
    .action(bringUp);
  which(lab.command('down')).description('stop everything that a lab started').action(takeDown);
  which(lab.command('exec'))
    .description('run a command on a node, a workload or an outside machine: peerform lab exec node1 -- ip route')
    .argument('<member>', 'name of the node, the workload or the outside machine')
    .argument('<command...>', 'the command, after --')
    .action(execute);
  which(lab.command('status'))
    .description('show the members of a lab, whether its agents are running, and every session')
    .action(showStatus);
}

const which = (command: Command): Command =>
  command
    .option('--name <name>', "name of the lab; default: the fabric's, or the only lab")
    .option('--dir <folder>', 'folder of the lab');

const open = ({ name, dir }: Which) => Lab.open({ name, folder: dir });

interface UpFlags extends Which {
  readonly fabric?: string;
  readonly idle?: boolean;
  readonly etcd?: boolean;
  readonly userNamespace?: boolean;
  readonly outside?: SpeakerKind;
  readonly output: Format;
}

async function bringUp(flags: UpFlags): Promise<void> {
  const { name, dir, fabric: file, idle, etcd: isOverEtcd, userNamespace, outside, output } = flags;
  const fabric = readFile(file, name);
  const interrupt = new AbortController();
  const started = Date.now();
  const stop = () => interrupt.abort(new Error('interrupted; nothing is left behind'));
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const lab = await up({
    fabric,
    name,
    folder: dir,
    ...(idle && { agents: 'idle' }),
    ...(isOverEtcd && { etcd: true }),
    withoutRoot: userNamespace,
    outside,
    signal: interrupt.signal,
    onStep: (step) => printError(line`lab: ${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${step}`),
  });
  const members = await lab.status();
  const { endpoints, environment } = lab;
  const etcd = await lab.etcd();
  await show(output, {
    data: { name: lab.name, folder: lab.folder, members, endpoints, ...(etcd && { etcd, environment }) },
    table: (screen) =>
      lines(
        membersTable(members, screen),
        line``,
        line`The lab ${lab.name} is up, in ${lab.folder}`,
        ...Object.entries(endpoints).map(([node, endpoint]) => line`  ${node}  ${endpoint}`),
        ...(etcd ? [howToUse(etcd, environment)] : []),
        nextStep(lab, lab.state.agents === 'idle', etcd !== undefined),
      ),
  });
}

/** What the user can do with a new lab. One whose agents already run a fabric cannot be deployed to. */
export function nextStep(
  { folder, handle }: Pick<Lab, 'folder' | 'handle'>,
  isIdle: boolean,
  isOverEtcd = false,
): Text {
  const down = `peerform lab down --dir ${folder}`;
  if (isIdle && isOverEtcd)
    return lines(
      line``,
      line`The agents wait for a deploy through etcd, by a fabric with this fleet, and with these variables set:`,
      line`  npx cdktf deploy`,
      line`  terraform apply     # with --hcl`,
      line`Afterwards destroy the deploy in the same way, and: ${down}`,
    );
  return isIdle
    ? lines(
        line``,
        line`The agents wait for a deploy to these endpoints. In a project that peerform init wrote:`,
        line`  LAB=${folder} npx cdktf deploy`,
        line`  terraform apply -var lab=${folder}     # with --hcl`,
        line`Afterwards destroy the deploy in the same way, and: ${down}`,
      )
    : lines(
        line``,
        line`To look at it: peerform status --lab ${handle}. After a change of the fabric, the same lab up makes the lab follow it.`,
        line`The agents run the fabric already, and refuse a deploy. For agents that wait for one:`,
        line`  ${down}, then peerform lab up as before, with --idle`,
      );
}

async function takeDown(flags: Which): Promise<void> {
  const lab = open(flags);
  await lab.down();
  print(line`The lab ${lab.name} is gone`);
}

/** The command gets the terminal, and its exit code is ours. */
function execute(member: string, command: string[], flags: Which): Promise<void> {
  const [program, ...rest] = open(flags).argv(member, command);
  const child = spawn(program, rest, { stdio: 'inherit', env: { ...process.env, PATH: SEARCH_PATH } });
  const ignore = () => {}; // an interrupt from the terminal goes to the command, which handles it
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

/** Exits with 1 if something that should run does not. */
async function showStatus({ output, ...flags }: Which & { output: Format }): Promise<void> {
  const lab = open(flags);
  const members = await lab.status();
  const etcd = await lab.etcd();
  const answers = members.flatMap(({ name, agent }) => (agent ? [{ node: name, status: agent }] : []));
  await show(output, {
    data: { name: lab.name, folder: lab.folder, members, ...(etcd && { etcd }) },
    table: (screen) =>
      lines(
        membersTable(members, screen),
        ...(etcd ? [line``, etcdLine(etcd)] : []),
        ...(answers.length > 0 ? [line``, describeStatus(answers, screen)] : []),
      ),
  });
  const isMissing = members.some(({ speaker, isRunning, error }) => error || (speaker && !isRunning));
  if (isMissing || (etcd && !etcd.connected)) process.exitCode = 1;
}

/** Members of a lab and their status, one line each. */
export function membersTable(members: readonly MemberStatus[], screen: Screen = PLAIN): Text {
  const rows = members.map(({ name, kind, speaker, pid, isRunning, sessions, addresses, error }): Cell[] => [
    name,
    kind,
    !speaker ? '' : isRunning ? `${speaker} (pid ${pid})` : { text: `${speaker} is not running`, style: 'red' },
    sessions ? `${sessions.established}/${sessions.total}` : '',
    [...addresses, ...(error ? [`no status: ${error}`] : [])].join('  '),
  ]);
  return table(['MEMBER', 'KIND', 'SPEAKER', 'SESSIONS UP', 'ADDRESSES'], rows, screen);
}

/** The file to read a fabric from; unset: the sample. Of several fabrics, the one named like the lab. */
export function readFile(file?: string, name?: string): Fabric {
  if (file === undefined) return readFabric(SAMPLE).fabric!;
  const all = readFabricFiles(file);
  const fabrics = all.flatMap((one) => ('fabric' in one ? [one.fabric] : []));
  const found = all.length > 1 ? fabrics.find((fabric) => fabric.name === name) : fabrics[0];
  if (found) return found;
  const known = fabrics.map((fabric) => fabric.name).join(', ');
  throw new CommandError('usage', `${file} contains the fabrics ${known}; choose one with --name`);
}
