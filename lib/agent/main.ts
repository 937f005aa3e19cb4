import { type AgentApi, serve } from '../control/server';
import { Agent } from './agent';
import { EventLog } from './events';
import { EXIT_CODES, Failure } from './failure';
import { type Place, placeOf } from './kernel-settings';
import { type Log, openLog } from './log';
import type { LogLevel } from './log-level';
import { metricsOf, serveMetrics } from './metrics';
import { Network, type NetworkOptions } from './network';
import { Secrets } from './secrets';
import { Store } from './store';
import { VERSION } from './version';

export interface AgentOptions extends NetworkOptions {
  /** The node of the fabric that this machine is. */
  readonly node: string;
  /** Where the agent listens for those who deploy. */
  readonly socket: string;
  /** Where it keeps releases and state. */
  readonly state: string;
  /** Run from this fabric file, with no transaction. */
  readonly fabric?: string;
  /** `ADDRESS:PORT` for Prometheus; absent: nowhere. */
  readonly metrics?: string;
  readonly logLevel: LogLevel;
  readonly logFormat: 'text' | 'json';
}

/**
 * Runs the agent until SIGTERM or SIGINT. The exit code tells programs what happened ({@link EXIT_CODES}); one line says it to
 * people.
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
  const ended = ending(log),
    happenings = new EventLog();
  const store = options.fabric === undefined ? new Store(options.state, options.node) : undefined;
  const secrets = new Secrets();
  const place = store ? placeIn(store, options.node) : undefined;
  const network = await Network.open(log, happenings, {
    ...options,
    secret: (name) => secrets.value(name),
    ...(place && { place }),
  });
  try {
    const agent = new Agent(options.node, network, log, happenings, secrets, store);
    const servers = [await listen(agent, options.socket)];
    try {
      if (options.metrics !== undefined)
        servers.push(
          await serveMetrics(
            metricsOf(() => agent.status()),
            options.metrics,
          ),
        );
      await (options.fabric === undefined ? agent.resume() : agent.runFile(options.fabric));
      process.on('SIGHUP', () => agent.reread());
      log.info(`listens on ${options.socket}`);
      log.info(`${await ended}: ends; kernel routes stay`);
    } finally {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
      agent.stop();
    }
  } finally {
    await network.close();
  }
}

/** Where the routes of the run before stand, so that they are found and kept. */
function placeIn(store: Store, node: string): Place | undefined {
  const { active } = store.load().transaction;
  return active ? placeOf(store.loadRelease(active.release).fabric, node) : undefined;
}

async function listen(api: AgentApi, path: string) {
  try {
    return await serve(api, path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EACCES')
      throw new Failure(
        'privilege',
        `may not listen on ${path}: ${message}. Run as root, or give --socket a path of yours`,
      );
    throw new Failure('second-agent', `cannot listen on ${path}: ${message}`);
  }
}

/** Resolves with the reason why the agent is to end; rejects where the process is in a state that nobody foresaw. */
function ending(log: Log): Promise<string> {
  return new Promise((resolve, reject) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
    process.on('uncaughtException', (error) => reject(error));
    process.on('unhandledRejection', (reason) => reject(reason));
    process.on('warning', (warning) => log.warn(warning.message));
  });
}
