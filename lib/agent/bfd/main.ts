import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DirectLinks } from '../../kernel/netlink/direct-links';
import { KernelError } from '../../kernel/system/error';
import { networkNamespace } from '../../kernel/system/network-namespace';
import { runInRealTime } from '../../kernel/system/real-time';
import { EXIT_CODES, Failure } from '../failure';
import { type EndKind, ending, isForGood } from '../host/ending';
import type { LogLevel } from '../host/log-level';
import { openPlainLog, type PlainLog } from '../host/plain-log';
import { ServiceManager } from '../host/service-manager';
import { VERSION } from '../host/version';
import { BfdDriver } from './driver';
import { ALIVE_EVERY, KeptSessions } from './kept-sessions';
import { parted } from './parting';
import { type BfdStatus, HEARTBEAT } from './protocol';
import { BfdServer } from './server';
import { kernelSockets } from './sockets';

/** Milliseconds between reports of counters. */
const COUNTED_EVERY = 5_000;
/** Time limit in milliseconds for a permanent end, and interval of checks. */
const LEAVE_WITHIN = 8_000;
const LOOKS_APART = 20;

interface BfdOptions {
  /** Socket for the agent; the stored sessions are next to it. */
  readonly socket: string;
  /**
   * The effect of SIGTERM and SIGINT. `restart`: the next run continues the sessions. `leave`, as SIGUSR2 always does:
   * they end permanently. Together with an agent that leaves they do so in either case.
   */
  readonly onStop: EndKind;
  readonly logLevel: LogLevel;
  readonly logFormat: 'text' | 'json';
}

/**
 * Runs BFD sessions for the agent of this machine until SIGTERM or SIGINT, or until SIGUSR2, which closes them. A
 * separate process, so that it survives restarts of the agent; its own restart must complete before a neighbour
 * notices, so nothing slow is loaded here. It ends after an agent that leaves.
 */
export async function runBfd(options: BfdOptions): Promise<number> {
  const log = openPlainLog(options.logLevel, options.logFormat);
  try {
    await live(options, log);
    return EXIT_CODES.ok;
  } catch (error) {
    log.error(error instanceof Failure ? error.message : `the BFD process failed: ${(error as Error).stack}`);
    return error instanceof Failure ? EXIT_CODES[error.code] : EXIT_CODES.internal;
  }
}

async function live({ socket, onStop }: BfdOptions, log: PlainLog): Promise<void> {
  const ended = ending(log.warn);
  process.umask(0o077); // nobody else may connect, not even before the socket has its mode
  const notRealTime = runInRealTime();
  const manager = new ServiceManager(log);
  const kept = new KeptSessions(join(dirname(socket), 'sessions.json'), log.warn);
  log.info(`peerform bfd ${VERSION}`);
  if (notRealTime)
    log.warn(`BFD runs without real-time scheduling (${notRealTime.code}): use intervals of 300 ms or more`);
  const links = DirectLinks.open(() => performance.now());
  if (links instanceof KernelError)
    log.warn(
      `packets of neighbours on the link are accepted at any interface, as those of this machine cannot be read (${links}); if systemd runs this process, its unit needs AF_NETLINK in RestrictAddressFamilies=`,
    );
  const changes = new Changes((changed) => {
    server?.report({ changed }); // first: BGP waits for it
    kept.write(driver.saved);
  });
  let server: BfdServer | undefined;
  let isLeaving = false;
  const driver = new BfdDriver({
    sockets: kernelSockets(links instanceof KernelError ? undefined : links),
    now: () => performance.now(),
    time: () => new Date().toISOString(),
    random: Math.random,
    changed: (status) => changes.add(status),
  });
  const about = {
    version: VERSION,
    network: networkNamespace(),
    heartbeat: HEARTBEAT,
    ...(notRealTime && { notRealTime: notRealTime.code }),
  };
  const alive = setInterval(() => kept.live(), ALIVE_EVERY);
  const counting = setInterval(() => server?.report({ counters: driver.counters }), COUNTED_EVERY);
  try {
    const api: Parameters<typeof BfdServer.listen>[2] = {
      configure(specs, lingering, up) {
        driver.configure(specs, lingering, up);
        kept.write(driver.saved);
      },
      get statuses() {
        return driver.statuses;
      },
      get counters() {
        return driver.counters;
      },
    };
    server = await BfdServer.listen(socket, about, api, log.warn);
    // Neighbours are waiting: sessions are resumed before anything else.
    for (const { session, isRecent } of kept.read()) driver.resume(session, isRecent);
    kept.write(driver.saved);
    manager.ready();
    log.info(`listening on ${socket}, with ${driver.statuses.length} sessions of the previous run`);
    const signal = await ended;
    isLeaving = await parted(
      () => server!.agent,
      isForGood(signal, onStop),
      () => log.info(`${signal}: the agent is leaving; sessions go on until it has closed those of BGP`),
    );
    log.info(
      `${signal}: stopping; ${isLeaving ? 'neighbours are notified that the sessions are administratively down' : 'the next run continues the sessions'}`,
    );
    if (isLeaving) await leave(driver, server, changes);
    if (isLeaving) kept.write([]);
  } finally {
    clearInterval(alive);
    clearInterval(counting);
    manager.close();
    server?.close();
    if (server && !isLeaving) {
      driver.speak();
      kept.write(driver.saved);
    }
    driver.close();
    if (!(links instanceof KernelError)) links.close();
  }
}

/** Closes every session such that no neighbour takes it for a failure (RFC 5880 section 6.8.16). */
async function leave(driver: BfdDriver, server: BfdServer, changes: Changes): Promise<void> {
  driver.configure([]);
  changes.flush(); // the agent is to take this for no failure either
  server.report({ leaves: true });
  server.close(); // they must not be resumed
  const deadline = performance.now() + LEAVE_WITHIN;
  while (driver.saved.length > 0 && performance.now() < deadline) await setTimeout(LOOKS_APART);
}

/** Collects the changes of one turn of the event loop. */
class Changes {
  private readonly waiting = new Map<string, BfdStatus>();

  constructor(private readonly tell: (changed: BfdStatus[]) => void) {}

  add(status: BfdStatus): void {
    if (this.waiting.size === 0) setImmediate(() => this.flush());
    this.waiting.set(status.key, status);
  }

  flush(): void {
    const changed = [...this.waiting.values()];
    this.waiting.clear();
    if (changed.length > 0) this.tell(changed);
  }
}
