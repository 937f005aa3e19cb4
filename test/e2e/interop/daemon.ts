import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Namespace } from '../../kernel/namespace';
import { Debian, type Release } from '../support/debian';
import { eventually, type LocalNetwork, type Process } from '../support/network';
import type { FeatureId } from './features';
import { type Announcement, isIpv6, type SeenPath, type Speaker } from './speaker';

const run = promisify(execFile);

export type AddressFamily = 'ipv4' | 'ipv6';

/** A neighbour as every daemon can be told of it; its own words are the adapters' affair. */
export interface Neighbour {
  readonly address: string;
  readonly as: number;
  /** Absent: the family of the address. */
  readonly families?: readonly AddressFamily[];
  readonly password?: string;
  /** GTSM for a neighbour on the link (RFC 5082). */
  readonly ttlSecurity?: boolean;
  readonly maxPrefixes?: number;
  readonly addPath?: 'send' | 'receive';
  readonly extendedNextHop?: boolean;
  readonly role?: 'provider' | 'customer' | 'peer' | 'rs_server' | 'rs_client';
  readonly gracefulRestart?: boolean;
  /** RFC 8538. */
  readonly notificationRestart?: boolean;
  readonly reflectorClient?: boolean;
  readonly holdTime?: number;
  readonly passive?: boolean;
  /** Without the four-octet AS capability (RFC 6793). */
  readonly twoOctetAs?: boolean;
  /** Messages of more than 4096 octets (RFC 8654). */
  readonly extendedMessages?: boolean;
}

export interface DaemonConfig {
  readonly as: number;
  readonly neighbours: readonly Neighbour[];
  readonly routes: readonly Announcement[];
  /** Starts as one that comes back: with the restart state of RFC 4724. */
  readonly restarting?: boolean;
}

/** A version of a daemon as a release of Debian has it. */
export interface Build {
  readonly release: Release;
  /** As far as the name of a column goes: `2.0.12`, or `3.1` where the release mends it within that version. */
  readonly version: string;
  /** Features that it does not have, each with the place that says so. */
  readonly absent: Readonly<Partial<Record<FeatureId, string>>>;
  /** Folder of its files, where its package excludes another that is in the tree as well. */
  readonly home?: string;
}

/** Seconds that daemons keep routes of a neighbour that restarts, and say that theirs are to be kept. */
export const RESTART_TIME = 30;

/**
 * A foreign BGP daemon on a machine of the test network: 10.0.0.2 and fd00::2. An adapter turns {@link DaemonConfig}
 * into the daemon's own configuration and its answers into {@link SeenPath}.
 */
export abstract class Daemon implements Speaker {
  /** For people: `BIRD`. */
  abstract readonly name: string;
  /** What has to be there for it to run. */
  protected abstract readonly programs: readonly string[];

  readonly address = '10.0.0.2';
  readonly address6 = 'fd00::2';
  /** Seconds that it stays idle after a reset of its own. */
  readonly idleAfterReset: number = 0;
  /** Seconds that it stays idle after a session that we ended. */
  readonly idleAfterEnd: number = 0;
  /** How often it may end, in a collision, the very session that it kept. */
  readonly collisionLosses: number = 0;
  /** Next hop of its IPv6 routes on an IPv4 session. */
  readonly nextHop6: string = this.address6;
  protected config: DaemonConfig = { as: 0, neighbours: [], routes: [] };
  protected network!: LocalNetwork;
  protected machine!: Namespace;
  protected processes: Process[] = [];

  protected readonly debian: Debian;

  constructor(readonly build: Build) {
    this.debian = Debian.of(build.release);
  }

  get as(): number {
    return this.config.as;
  }

  /** Whether this host is of its release. */
  get isOnHost(): boolean {
    return this.debian.isHost;
  }

  /** For people: `BIRD 2.0.12`. */
  get title(): string {
    return `${this.name} ${this.build.version}`;
  }

  /** What is missing of the programs it needs. */
  get missing(): readonly string[] {
    return this.programs
      .filter((path) => !this.debian.has(path))
      .map((path) => (this.debian.isHost ? path : `${path} of ${this.build.release}`));
  }

  place(network: LocalNetwork, machine: Namespace): void {
    this.network = network;
    this.machine = machine;
  }

  /** Starts it; it listens and answers its control when this is over. */
  async start(config: DaemonConfig): Promise<void> {
    this.config = config;
    this.processes = await this.launch();
    await eventually(async () => {
      await this.ping();
      expect(await this.listeners()).toBeGreaterThan(0);
    });
  }

  /** Kills it, so that its connections break without a word from BGP. */
  async kill(): Promise<void> {
    const ended = this.processes.map((process) => process.kill('SIGKILL'));
    this.processes = [];
    await Promise.all(ended);
    // Some daemons are several processes: those of a machine that is theirs alone.
    const { stdout } = await run('ip', ['netns', 'pids', this.machine.name]);
    for (const pid of stdout.split('\n').filter((line) => line !== '')) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // gone by itself
      }
    }
    await eventually(async () => expect((await run('ip', ['netns', 'pids', this.machine.name])).stdout).toBe(''));
  }

  /** Kills it and starts it as one that restarts gracefully, with other routes. */
  async restart(change: Partial<DaemonConfig> = {}): Promise<void> {
    await this.kill();
    await this.start({ ...this.config, ...change, restarting: true });
  }

  /** All of it stands still, as on a machine that hangs. */
  async freeze(): Promise<void> {
    await this.signal('SIGSTOP');
  }

  async thaw(): Promise<void> {
    await this.signal('SIGCONT');
  }

  async announce(route: Announcement): Promise<void> {
    this.config = { ...this.config, routes: [...this.config.routes, route] };
    await this.addRoute(route);
  }

  async withdraw(prefix: string): Promise<void> {
    const route = this.config.routes.find((candidate) => candidate.prefix === prefix)!;
    this.config = { ...this.config, routes: this.config.routes.filter((other) => other !== route) };
    await this.removeRoute(route);
  }

  /** All that it says of its version. */
  abstract version(): Promise<string>;
  abstract isUp(neighbour: string): Promise<boolean>;
  abstract paths(prefix: string): Promise<readonly SeenPath[]>;
  /** Asks a neighbour to send its routes again (RFC 2918). */
  abstract refresh(neighbour: string): Promise<void>;
  /** Ends the session and begins it anew. */
  abstract reset(neighbour: string): Promise<void>;
  /** Shuts the session down, with a shutdown communication where it can (RFC 9003). */
  abstract shutDown(neighbour: string, text: string): Promise<void>;
  abstract startUp(neighbour: string): Promise<void>;
  /** All that it says of a neighbour, its log among it: what a person would read. */
  abstract describe(neighbour: string): Promise<string>;

  protected abstract launch(): Promise<Process[]>;
  /** Rejects while it doesn't answer yet. */
  protected abstract ping(): Promise<unknown>;
  protected abstract addRoute(route: Announcement): Promise<void>;
  protected abstract removeRoute(route: Announcement): Promise<void>;

  protected get log(): string {
    return this.processes.map(({ text }) => text).join('\n');
  }

  /** Starts a program of its release on its machine. */
  protected begin(...command: readonly string[]): Process {
    return this.network.start(this.machine, this.debian.command(this.network.folder, command));
  }

  /** Runs a program of its release where the daemon runs; all that it prints. */
  protected async execute(...command: readonly string[]): Promise<string> {
    const { stdout, stderr } = await this.enter(this.debian.command(this.network.folder, command));
    return stdout + stderr;
  }

  private enter(command: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    return run('ip', ['netns', 'exec', this.machine.name, ...command], { maxBuffer: 1 << 24 });
  }

  private async listeners(): Promise<number> {
    const { stdout: tcp } = await this.enter(['cat', '/proc/net/tcp']);
    const { stdout: tcp6 } = await this.enter(['cat', '/proc/net/tcp6']);
    return `${tcp}${tcp6}`.split('\n').filter((line) => /:00B3 \S+ 0A /.test(line)).length;
  }

  private async signal(name: NodeJS.Signals): Promise<void> {
    const { stdout } = await run('ip', ['netns', 'pids', this.machine.name]);
    for (const pid of stdout.split('\n').filter((line) => line !== '')) process.kill(Number(pid), name);
  }
}

/** The families of a neighbour's session. */
export const familiesOf = ({ address, families }: Neighbour): readonly AddressFamily[] =>
  families ?? [isIpv6(address) ? 'ipv6' : 'ipv4'];

export const familyOf = (prefix: string): AddressFamily => (isIpv6(prefix) ? 'ipv6' : 'ipv4');
