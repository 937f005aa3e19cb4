import { type Command, Option } from 'commander';
import { DEFAULT_BFD_SOCKET } from '../../agent/bfd/protocol';
import { LOG_LEVELS, type LogLevel } from '../../agent/host/log-level';

interface Flags {
  socket: string;
  onStop: 'restart' | 'leave';
  logLevel: LogLevel;
  logFormat: 'text' | 'json';
}

/** `peerform bfd`: runs BFD sessions for the agent of this machine. */
export function register(program: Command): void {
  program
    .command('bfd')
    .description(
      'run BFD sessions for the agent of this machine, in a process that outlives it; after SIGTERM the next run continues them, SIGUSR2 ends them permanently, and neighbours receive AdminDown. If the agent leaves at the same time, its sessions of BGP are closed first, and BFD ends permanently after them',
    )
    .option('--socket <path>', 'Unix socket to listen on for the agent', DEFAULT_BFD_SOCKET)
    .addOption(
      new Option(
        '--on-stop <kind>',
        'what SIGTERM does: restart has the next run continue the sessions, leave ends them permanently (as SIGUSR2 always does)',
      )
        .choices(['restart', 'leave'])
        .default('restart'),
    )
    .addOption(new Option('--log-level <level>', 'minimum level to log').choices(LOG_LEVELS).default('info'))
    .addOption(
      new Option('--log-format <format>', 'text for humans, json for machines')
        .choices(['text', 'json'])
        .default('text'),
    )
    .action(async (flags: Flags) => {
      // Loaded lazily: no other command needs kernel sockets.
      const { runBfd } = await import('../../agent/bfd/main');
      process.exit(await runBfd(flags));
    });
}
