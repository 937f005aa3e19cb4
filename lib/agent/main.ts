import { join } from 'node:path';
import { exchange } from '../control/http-exchange';
import { type AgentApi, type ServeOptions, serve } from '../control/server';
import { Occupied } from '../control/unix-socket';
import type { EtcdEndpoint } from '../model/endpoint';
import { Agent } from './agent';
import { Control } from './control';
import { Reports } from './events/reports';
import { readStandaloneFabric } from './fabric-file';
import { EXIT_CODES, Failure, type FailureCode } from './failure';
import { FleetListener } from './fleet/listener';
import { compactNexthops } from './host/compact-nexthops';
import { type EndKind, ending, isForGood } from './host/ending';
import { KeptSocket } from './host/kept-socket';
import { type Log, openLog } from './host/log';
import type { LogLevel } from './host/log-level';
import { ServiceManager } from './host/service-manager';
import { gidOf } from './host/users';
import { VERSION } from './host/version';
import type { MetricsPlace } from './metrics/place';
import { type KernelTable, placeOf } from './network/kernel-place';
import { Network, type NetworkOptions } from './network/network';
import { Secrets } from './secrets';
import { Store } from './store';

/** Milliseconds for a request that came through etcd; its sender has given up by then. */
const EXECUTION_MS = 120_000;

interface AgentOptions extends NetworkOptions {
  /** The node of the fabric that this machine is. */
  readonly node: string;
  /** Socket of the agent for deploys. */
  readonly socket: string;
  /** Keys of an etcd from which requests are taken as well. Default: none. */
  readonly etcd?: EtcdEndpoint;
  /** Read-only socket. Default: none. */
  readonly monitorSocket?: string;
  /** Group whose members may connect to it. */
  readonly monitorGroup: string;
  /** Folder of releases and state. */
  readonly state: string;
  /** Run from this fabric file, without transactions. */
  readonly fabric?: string;
  /** Address of the metrics endpoint. Default: none. */
  readonly metrics?: MetricsPlace;
  /** Maximum number of sessions with separate metrics. Default: MOST_SESSIONS. */
  readonly metricsSessions?: number;
  /** Sets `net.ipv4.nexthop_compat_mode` to 0 while the agent runs. */
  readonly compactNexthops?: boolean;
  /**
   * The effect of SIGTERM and SIGINT; SIGUSR2 always means `leave`. `restart`: without a NOTIFICATION, so that
   * neighbours retain the routes until the next run (RFC 4724). `leave`: neighbours first route around this node (RFC
   * 8326), then receive a NOTIFICATION for each session.
   */
  readonly onStop: EndKind;
  /** Maximum milliseconds for leaving. */
  readonly leaveWithin: number;
  readonly logLevel: LogLevel;
  readonly logFormat: 'text' | 'json';
}

/**
 * Runs the agent until SIGTERM, SIGINT or SIGUSR2. The exit code tells programs the reason ({@link EXIT_CODES}); one
 * line tells people.
 */
export async function runAgent(options: AgentOptions): Promise<number> {
  const log = openLog(options.logLevel, options.logFormat);
  try {
    await live(options, log);
    return EXIT_CODES.ok;
  } catch (error) {
    if (error instanceof Failure) log.error(error.message);
    else log.error({ err: error }, 'the agent failed');
    return error instanceof Failure ? EXIT_CODES[error.code] : EXIT_CODES.internal;
  }
}

async function live(options: AgentOptions, log: Log): Promise<void> {
  log.info(`peerform agent ${VERSION} for node ${options.node}`);
  const ended = ending((text) => log.warn(text));
  const reports = new Reports(log);
  const manager = new ServiceManager(log);
  let isLeaving = false;
  // Errors in the command line are reported before anything is acquired.
  const file = options.fabric === undefined ? undefined : readStandaloneFabric(options.fabric, options.node);
  const store = file ? undefined : new Store(options.state, options.node);
  const secrets = new Secrets();
  const place = store ? placeIn(store, options.node) : undefined;
  const network = await Network.open(log, reports, {
    ...options,
    secret: (name) => secrets.value(name),
    ...(place && { place }),
  });
  const putBack = options.compactNexthops ? compactNexthops(join(options.state, 'compact-nexthops'), log) : () => {};
  try {
    const agent = new Agent(options.node, network, log, reports, secrets, store);
    const api = new Control(options.node, agent, network, reports);
    const control = await listenForDeploys(api, options.socket, log);
    const servers: { close(): unknown }[] = [control];
    let fleet: FleetListener | undefined;
    try {
      if (options.monitorSocket !== undefined)
        servers.push(
          await listenForWatchers(api, options.monitorSocket, monitorOptions(options.monitorGroup, log), log),
        );
      fleet = options.etcd && listenThroughEtcd(options.etcd, options.socket, log);
      if (options.metrics !== undefined)
        servers.push(await listenForScrapes(api, network, options.metrics, options.metricsSessions, log));
      await (file ? agent.runFile(file) : agent.resume());
      process.on('SIGHUP', () => manager.reload(() => agent.reread()));
      if (control.isListening) log.info(`listening on ${options.socket}`);
      manager.ready();
      const signal = await ended;
      isLeaving = isForGood(signal, options.onStop);
      manager.stopping(isLeaving ? 'moving traffic away from this node' : 'stopping for a restart');
      if (isLeaving) {
        network.leave(options.leaveWithin);
        await agent.depart(options.leaveWithin);
      }
      log.info(`${signal}: stopping; kernel routes stay in place`);
    } finally {
      manager.close();
      for (const server of servers) server.close();
      await fleet?.close();
      agent.stop();
    }
  } finally {
    putBack();
    await network.close({ forGood: isLeaving });
    reports.close();
  }
}

/** Loads what only metrics need. */
async function listenForScrapes(
  api: AgentApi,
  network: Network,
  place: MetricsPlace,
  most: number | undefined,
  log: Log,
): Promise<{ close(): unknown }> {
  const { Numbers } = await import('./metrics/registry');
  const { MetricsServer } = await import('./metrics/serve');
  const numbers = new Numbers(
    {
      status: () => api.status(),
      counts: () => network.view.counts().sessions,
      rejected: () => network.view.counts().rejected,
      bfdCounts: (key) => network.view.bfdCounts(key),
    },
    most,
  );
  return new MetricsServer(numbers, place, log);
}

/** The table and metric of the previous run's routes, so that they are found and kept. */
function placeIn(store: Store, node: string): KernelTable | undefined {
  const { active } = store.load().transaction;
  return active ? placeOf(store.loadRelease(active.release).fabric, node) : undefined;
}

/** Members of the group may query; without it, only those who may deploy. */
function monitorOptions(name: string, log: Log): ServeOptions {
  const group = gidOf(name);
  const isMember = group !== undefined && (process.geteuid?.() === 0 || process.getgroups?.().includes(group));
  if (isMember) return { isReadOnly: true, group };
  const why = group === undefined ? 'no such group' : 'the agent is not in it';
  log.warn(
    `members of ${name} cannot monitor this node: ${why}. \`peerform agent install\` creates the group and makes the service a member`,
  );
  return { isReadOnly: true };
}

/**
 * Deployers must be able to connect, and to this agent only: if another process has the socket, or it is not permitted,
 * the agent does not run.
 */
async function listenForDeploys(api: AgentApi, path: string, log: Log): Promise<KeptSocket> {
  try {
    return await KeptSocket.listen(() => serve(api, path), path, log, {
      isFatal: (error) => codeOf(error) !== undefined,
    });
  } catch (error) {
    const { message } = error as Error;
    const code = codeOf(error as Error) ?? 'internal';
    const remedy = code === 'privilege' ? '. Run as root, or set --socket to a path that you own' : '';
    const what = code === 'privilege' ? 'not permitted to listen' : 'cannot listen';
    throw new Failure(code, `${what} on ${path}: ${message}${remedy}`);
  }
}

/**
 * How a failure to listen for deploys ends the agent; undefined: it continues and retries, as with a full disk. A
 * service manager restarts it after each of these codes.
 */
function codeOf(error: NodeJS.ErrnoException): FailureCode | undefined {
  if (error instanceof Occupied) return 'second-agent';
  return error.code === 'EACCES' ? 'privilege' : undefined;
}

/** Routing does not wait for read-only clients. */
const listenForWatchers = (api: AgentApi, path: string, options: ServeOptions, log: Log): Promise<KeptSocket> =>
  KeptSocket.listen(() => serve(api, path, options), path, log, { isFatal: () => false });

/** Requests from etcd are executed as those over the socket are. */
const listenThroughEtcd = (endpoint: EtcdEndpoint, socket: string, log: Log): FleetListener =>
  new FleetListener(
    endpoint,
    ({ method, path, body = '' }) => {
      const headers = { 'content-length': Buffer.byteLength(body) };
      return exchange(socket, { method, path, body, headers, timeout: EXECUTION_MS });
    },
    log,
  );
