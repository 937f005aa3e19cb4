import { type Command, Option } from 'commander';
import { LOG_LEVELS, type LogLevel } from '../../agent/log';
import { DEFAULT_SOCKET } from '../../control/protocol';

interface Flags {
  node: string;
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
  program
    .command('agent')
    .description('speak BGP for one node and keep its kernel routes equal to what BGP chose')
    .requiredOption('--node <name>', 'name of this node in the fabric')
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
    .action(async (flags: Flags) => {
      // Loaded only here: no other command needs sockets of the kernel.
      const { runAgent } = await import('../../agent/main');
      process.exit(await runAgent(flags));
    });
}
