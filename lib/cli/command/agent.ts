import { type Command, Option } from 'commander';
import { LOG_LEVELS, type LogLevel } from '../../agent/log-level';
import { DEFAULT_SOCKET } from '../../control/endpoint';
import { CommandError } from '../exit-codes';

interface Flags {
  node?: string;
  socket: string;
  state: string;
  fabric?: string;
  metrics?: string;
  kernelRoutes: boolean;
  record?: string;
  logLevel: LogLevel;
  logFormat: 'text' | 'json';
}

/** `peerform agent`: speak BGP for one node and keep its kernel equal to what BGP chose. */
export function register(program: Command): void {
  const agent = program
    .command('agent')
    .description('speak BGP for one node and keep its kernel routes equal to what BGP chose')
    .option('--node <name>', 'name of this node in the fabric (required to run)')
    .option('--socket <path>', 'unix socket to listen on for those who deploy', DEFAULT_SOCKET)
    .option('--state <folder>', 'where releases and state are kept', '/var/lib/peerform')
    .option('--fabric <file>', 'run from a fabric file (JSON), with no Terraform')
    .option('--no-kernel-routes', 'speak BGP only: write no route to the kernel')
    .option('--record <file>', 'write all that the speaker hears and does to a file, for peerform replay')
    .option('--metrics <address:port>', 'serve numbers for Prometheus there, at /metrics')
    .addOption(new Option('--log-level <level>', 'least level that is logged').choices(LOG_LEVELS).default('info'))
    .addOption(
      new Option('--log-format <format>', 'text for people, json for machines')
        .choices(['text', 'json'])
        .default('text'),
    )
    .action(async ({ node, ...flags }: Flags) => {
      if (node === undefined) return agent.error("error: required option '--node <name>' not specified");
      // Loaded only here: no other command needs sockets of the kernel.
      const { runAgent } = await import('../../agent/main');
      process.exit(await runAgent({ node, ...flags }));
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
    .command('cleanup')
    .description('take everything that an agent left in the kernel out of it; refused while one runs')
    .action(async () => {
      const { cleanUpKernel } = await import('../../agent/cleanup');
      process.exit(await cleanUpKernel((line) => process.stdout.write(`${line}\n`)));
    });
}
