import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_BFD_SOCKET } from '../../agent/bfd/protocol';
import { LEAVE_WITHIN } from '../../agent/drain-wait';
import { Failure } from '../../agent/failure';
import { LOG_LEVELS, type LogLevel } from '../../agent/host/log-level';
import { MONITOR_GROUP } from '../../agent/host/service-unit';
import { type MetricsPlace, metricsPlace } from '../../agent/metrics/place';
import { DEFAULT_SOCKET } from '../../model/endpoint';
import { CommandError } from '../exit-codes';
import { fleetNode } from '../fleet-url';
import { line, octetStreams, print } from '../terminal';

const DEFAULT_STATE = '/var/lib/peerform';

interface Flags {
  node?: string;
  socket: string;
  etcd?: string;
  monitorSocket?: string;
  monitorGroup: string;
  bfdSocket: string;
  state: string;
  fabric?: string;
  metrics?: MetricsPlace;
  onStop: 'restart' | 'leave';
  leaveWithin: number;
  metricsSessions?: number;
  kernelRoutes: boolean;
  kernelProtocol: number;
  compactNexthops?: boolean;
  record?: string;
  logLevel: LogLevel;
  logFormat: 'text' | 'json';
}

/** `peerform agent`: runs BGP for one node and keeps its kernel routes in sync. */
export function register(program: Command): void {
  const agent = program
    .command('agent')
    .description('speak BGP for one node and keep its kernel routes in sync with what BGP selected')
    .addOption(new Option('--node <name>', 'name of this node in the fabric (required to run)').env('PEERFORM_NODE'))
    .option('--socket <path>', 'Unix socket to listen on for deploys', DEFAULT_SOCKET)
    .addOption(
      new Option(
        '--etcd <url>',
        'also take deploys from an etcd, such as etcd://host:2379,host2:2379/FABRIC (PEERFORM_ETCD_CACERT, PEERFORM_ETCD_CERT and PEERFORM_ETCD_KEY name the files for TLS)',
      ).env('PEERFORM_ETCD'),
    )
    .option('--monitor-socket <path>', 'Unix socket to listen on for read-only access')
    .option('--monitor-group <group>', 'group that may connect to it', MONITOR_GROUP)
    .option('--bfd-socket <path>', 'Unix socket on which peerform bfd listens', DEFAULT_BFD_SOCKET)
    .option('--state <folder>', 'where releases and state are kept', DEFAULT_STATE)
    .option('--fabric <file>', 'run from a fabric file (JSON), with no Terraform')
    .option('--no-kernel-routes', 'speak BGP only: install no routes in the kernel')
    .addOption(
      new Option('--kernel-protocol <number>', 'protocol number that marks our kernel routes, 1 to 255')
        .env('PEERFORM_KERNEL_PROTOCOL')
        .default(114)
        .argParser(protocolOption),
    )
    .option(
      '--compact-nexthops',
      'while the agent runs, set net.ipv4.nexthop_compat_mode to 0: for more than 100,000 routes',
    )
    .option('--record <file>', 'record all input and output of the speaker to a file, for peerform replay')
    .option('--metrics <address:port>', 'serve Prometheus metrics there, at /metrics', metricsOption)
    .addOption(
      new Option(
        '--metrics-sessions <number>',
        'maximum number of sessions with metrics of their own; default: 1000',
      ).argParser(countOption),
    )
    .addOption(
      new Option(
        '--on-stop <kind>',
        'what SIGTERM does: restart has neighbours retain the routes, leave moves traffic away from this node and then withdraws them (as SIGUSR2 always does)',
      )
        .choices(['restart', 'leave'])
        .default('restart'),
    )
    .addOption(
      new Option('--leave-within <seconds>', 'time limit for leaving, before the process is killed')
        .default(LEAVE_WITHIN)
        .argParser(secondsOption),
    )
    .addOption(new Option('--log-level <level>', 'minimum level to log').choices(LOG_LEVELS).default('info'))
    .addOption(
      new Option('--log-format <format>', 'text for humans, json for machines')
        .choices(['text', 'json'])
        .default('text'),
    )
    .action(async ({ node, kernelProtocol: protocol, leaveWithin, etcd: url, ...flags }: Flags) => {
      if (node === undefined) return agent.error("error: required option '--node <name>' not specified");
      const etcd = url === undefined ? undefined : fleetNode(url, node);
      // Loaded lazily: no other command needs kernel sockets.
      const { runAgent } = await import('../../agent/main');
      process.exit(await runAgent({ node, protocol, leaveWithin: leaveWithin * 1000, etcd, ...flags }));
    });
  agent
    .command('dial')
    .description("connect standard input and output to the agent's socket: the remote end of an ssh endpoint")
    .option('--socket <path>', 'the socket of the agent', DEFAULT_SOCKET)
    .action(async ({ socket }: { socket: string }) => {
      const { dial } = await import('../../control/dial');
      const { input, output } = octetStreams();
      await dial(socket, input, output).catch((error: Error) => {
        throw new CommandError('unreachable', error.message);
      });
      input.destroy();
    });
  agent
    .command('install')
    .description(
      'install the agent as a service of this machine: user, unit, settings, state folder; if it is installed, update it',
    )
    .option('--node <name>', 'name of this node in the fabric; default: the host name')
    .option('--no-networkd', 'leave systemd-networkd as it is: it deletes our routes when it starts or reloads')
    .addOption(rootOption())
    .action(async ({ node, root, networkd }: { node?: string; root: string; networkd: boolean }) => {
      const { install } = await import('../../agent/host/installation');
      const program = [process.execPath, realpathSync(process.argv[1])];
      attempt(() => install({ node, root: resolve(root), program, networkd, say }));
    });
  agent
    .command('uninstall')
    .description('remove the service; kernel routes and state stay, unless --purge is given')
    .option('--purge', 'also remove settings, state and kernel routes')
    .addOption(rootOption())
    .action(async ({ root, purge = false }: { root: string; purge?: boolean }) => {
      const { uninstall } = await import('../../agent/host/installation');
      attempt(() => uninstall({ root: resolve(root), purge, say }));
      if (purge && resolve(root) === '/')
        process.exitCode = await (await import('../../agent/cleanup')).cleanUpKernel(say, agent.opts<Flags>().state);
    });
  agent
    .command('cleanup')
    .description(
      'remove everything that an agent left in the kernel, and restore its settings; refused while an agent is running',
    )
    .option('--state <folder>', `state folder of that agent, where it noted the settings; default: ${DEFAULT_STATE}`)
    .addOption(
      new Option(
        '--kernel-protocol <number>',
        'protocol number of the kernel routes of that agent; default: 114',
      ).argParser(protocolOption),
    )
    .action(async (own: Partial<Flags>) => {
      const { cleanUpKernel } = await import('../../agent/cleanup');
      // Written before the command, they are options of `agent`.
      const { state, kernelProtocol: protocol } = { ...agent.opts<Flags>(), ...own };
      process.exit(await cleanUpKernel(say, state, protocol));
    });
}

const rootOption = () => new Option('--root <folder>', 'root folder of the system, for images').default('/');

const say = (said: string): void => void print(line`${said}`);

/** Errors of the agent have their own exit code. */
function attempt(body: () => void): void {
  try {
    body();
  } catch (error) {
    if (error instanceof Failure) throw new CommandError(error.code, error.message);
    throw error;
  }
}

function metricsOption(text: string): MetricsPlace {
  const place = metricsPlace(text);
  if (place) return place;
  throw new InvalidArgumentError('write an address and a port, such as 127.0.0.1:9179 or [::1]:9179.');
}

function countOption(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('write a number from 0 to 999999.');
}

function protocolOption(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 255) return number;
  throw new InvalidArgumentError('write a number from 1 to 255.');
}

function secondsOption(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && seconds >= 0 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError('write seconds, 0 to 3600.');
}
