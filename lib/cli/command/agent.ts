import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Failure } from '../../agent/failure';
import { LOG_LEVELS, type LogLevel } from '../../agent/log-level';
import { DEFAULT_SOCKET } from '../../model/endpoint';
import { CommandError } from '../exit-codes';

interface Flags {
  node?: string;
  socket: string;
  state: string;
  fabric?: string;
  metrics?: string;
  kernelRoutes: boolean;
  kernelProtocol: number;
  record?: string;
  logLevel: LogLevel;
  logFormat: 'text' | 'json';
}

/** `peerform agent`: speak BGP for one node and keep its kernel equal to what BGP chose. */
export function register(program: Command): void {
  const agent = program
    .command('agent')
    .description('speak BGP for one node and keep its kernel routes equal to what BGP chose')
    .addOption(new Option('--node <name>', 'name of this node in the fabric (required to run)').env('PEERFORM_NODE'))
    .option('--socket <path>', 'unix socket to listen on for those who deploy', DEFAULT_SOCKET)
    .option('--state <folder>', 'where releases and state are kept', '/var/lib/peerform')
    .option('--fabric <file>', 'run from a fabric file (JSON), with no Terraform')
    .option('--no-kernel-routes', 'speak BGP only: write no route to the kernel')
    .addOption(
      new Option('--kernel-protocol <number>', 'protocol number that marks our kernel routes, 1 to 255')
        .env('PEERFORM_KERNEL_PROTOCOL')
        .default(114)
        .argParser(protocolOption),
    )
    .option('--record <file>', 'write all that the speaker hears and does to a file, for peerform replay')
    .option('--metrics <address:port>', 'serve numbers for Prometheus there, at /metrics')
    .addOption(new Option('--log-level <level>', 'least level that is logged').choices(LOG_LEVELS).default('info'))
    .addOption(
      new Option('--log-format <format>', 'text for people, json for machines')
        .choices(['text', 'json'])
        .default('text'),
    )
    .action(async ({ node, kernelProtocol: protocol, ...flags }: Flags) => {
      if (node === undefined) return agent.error("error: required option '--node <name>' not specified");
      // Loaded only here: no other command needs sockets of the kernel.
      const { runAgent } = await import('../../agent/main');
      process.exit(await runAgent({ node, protocol, ...flags }));
    });
  agent
    .command('dial')
    .description("join standard input and output to the agent's socket: the far end of an ssh endpoint")
    .option('--socket <path>', 'the socket of the agent', DEFAULT_SOCKET)
    .action(async ({ socket }: { socket: string }) => {
      const { dial } = await import('../../control/dial');
      await dial(socket, process.stdin, process.stdout).catch((error: Error) => {
        throw new CommandError('unreachable', error.message);
      });
      process.stdin.destroy();
    });
  agent
    .command('install')
    .description(
      'make the agent a service of this machine: user, unit, settings, state folder; again: bring it up to date',
    )
    .option('--node <name>', 'name of this node in the fabric; absent: that of the machine')
    .addOption(rootOption())
    .action(async ({ node, root }: { node?: string; root: string }) => {
      const { install } = await import('../../agent/installation');
      const program = [process.execPath, realpathSync(process.argv[1])];
      attempt(() => install({ node, root: resolve(root), program, say }));
    });
  agent
    .command('uninstall')
    .description('take the service away; kernel routes and state stay, unless --purge takes them too')
    .option('--purge', 'also take settings, state and kernel routes away')
    .addOption(rootOption())
    .action(async ({ root, purge = false }: { root: string; purge?: boolean }) => {
      const { uninstall } = await import('../../agent/installation');
      attempt(() => uninstall({ root: resolve(root), purge, say }));
      if (purge && resolve(root) === '/')
        process.exitCode = await (await import('../../agent/cleanup')).cleanUpKernel(say);
    });
  agent
    .command('cleanup')
    .description('take everything that an agent left in the kernel out of it; refused while one runs')
    .action(async () => {
      const { cleanUpKernel } = await import('../../agent/cleanup');
      process.exit(
        await cleanUpKernel((line) => process.stdout.write(`${line}\n`), agent.opts<Flags>().kernelProtocol),
      );
    });
}

const rootOption = () =>
  new Option('--root <folder>', "the folder that holds the machine's files, for images").default('/');

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What the agent's own rooms refuse has an exit code of theirs. */
function attempt(body: () => void): void {
  try {
    body();
  } catch (error) {
    if (error instanceof Failure) throw new CommandError(error.code, error.message);
    throw error;
  }
}

function protocolOption(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 255) return number;
  throw new InvalidArgumentError('write a number from 1 to 255.');
}
