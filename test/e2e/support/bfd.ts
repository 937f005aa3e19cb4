import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type BfdCounters,
  type BfdReport,
  type BfdSpec,
  type BfdStatus,
  bfdKey,
} from '../../../lib/agent/bfd/protocol';
import { Namespace } from '../../kernel/namespace';
import { eventually, IN_REAL_TIME } from './network';

const MAIN = resolve(__dirname, '../../../dist/cli/main.js');

export const until = (holds: () => boolean) => eventually(() => expect(holds()).toBe(true));

/** Addresses of this node and of its neighbour. */
export const V4 = ['10.9.0.1', '10.9.0.2'] as const;
export const V6 = ['2001:db8:9::1', '2001:db8:9::2'] as const;

export function spec(local: string, remote: string, more: Partial<BfdSpec> = {}): BfdSpec {
  const ends = { local, remote, multihop: false, ...more };
  const intervals = { transmitInterval: 300, receiveInterval: 300, detectMultiplier: 3 };
  return { key: bfdKey(ends), ...ends, minimumTtl: 255, ...intervals, passive: false, ...more };
}

/** What an agent does: says which sessions there are to be, and hears how they are. */
export class BfdAgent {
  readonly statuses = new Map<string, BfdStatus>();
  /** Every state that was told, in order. */
  readonly told: BfdStatus['state'][] = [];

  counters: BfdCounters | undefined;

  constructor(readonly socket: Socket) {
    let rest = '';
    socket.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.take(JSON.parse(line));
    });
    socket.on('error', () => {});
  }

  want(...specs: BfdSpec[]): void {
    this.socket.write(`${JSON.stringify({ sessions: specs })}\n`);
  }

  /** Of its only session. */
  get status(): BfdStatus | undefined {
    return [...this.statuses.values()][0];
  }

  /** The session's status as soon as it is this. */
  async reaches(state: BfdStatus['state']): Promise<BfdStatus> {
    await until(() => this.status?.state === state);
    return this.status!;
  }

  private take({ sessions = [], changed = [], counters }: BfdReport): void {
    this.counters = counters ?? this.counters;
    for (const status of [...sessions, ...changed]) {
      this.statuses.set(status.key, status);
      this.told.push(status.state);
    }
  }
}

/** Where the files of a daemon are: those of this host, or a tree of another release. */
export interface Files {
  command(folder: string, command: readonly string[]): readonly string[];
  owner(user: string): string;
}

const HOST: Files = { command: (_, command) => command, owner: (user) => `${user}:${user}` };

/** This node and a neighbour on a link. Everything is gone after {@link remove}. */
export class BfdLink {
  readonly folder = mkdtempSync(join(tmpdir(), 'peerform-bfd-'));
  readonly node = Namespace.make();
  readonly far = Namespace.make();
  private readonly started: ChildProcess[] = [];
  private readonly agents: BfdAgent[] = [];

  constructor(private readonly files: Files = HOST) {
    chmodSync(this.folder, 0o755);
    this.attach();
  }

  /** Joins the two. */
  attach(): void {
    this.node.ip(`link add up0 type veth peer name up0 netns ${this.far.name}`);
    for (const [at, host] of [
      [this.node, 1],
      [this.far, 2],
    ] as const) {
      at.ip(`addr add 10.9.0.${host}/24 dev up0`);
      at.ip(`addr add 2001:db8:9::${host}/64 dev up0 nodad`);
      at.ip(`addr add fe80::${host}/64 dev up0 nodad`);
      at.ip('link set up0 up');
    }
  }

  start(at: Namespace, ...command: readonly string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', at.name, ...command], { stdio: 'ignore' });
    this.started.push(child);
    return child;
  }

  /**
   * In real time from its start, as its unit does: on a machine full of tests Node alone takes longer than a neighbour
   * waits.
   */
  startBfd(at = this.node, socket = this.socket): ChildProcess {
    return this.start(at, 'chrt', '-r', '10', process.execPath, MAIN, 'bfd', '--socket', socket);
  }

  async agent(path = this.socket): Promise<BfdAgent> {
    for (;;) {
      const socket = connect(path);
      const isThere = await new Promise((done) => {
        socket.once('connect', () => done(true));
        socket.once('error', () => done(false));
      });
      if (isThere) {
        const agent = new BfdAgent(socket);
        this.agents.push(agent);
        return agent;
      }
      await new Promise((turn) => setTimeout(turn, 20));
    }
  }

  /** BIRD with a BFD session and no other protocol. */
  startBird(neighbour: string, options = '', more = ''): ChildProcess {
    this.writeBird(neighbour, options, 300, more);
    const own = (name: string) => join(this.folder, name);
    return this.start(
      this.far,
      ...IN_REAL_TIME,
      ...this.files.command(this.folder, [
        'bird',
        '-f',
        '-c',
        own('bird.conf'),
        '-s',
        own('bird.ctl'),
        '-P',
        own('bird.pid'),
      ]),
    );
  }

  /** It takes it up with `bird('configure')`. */
  writeBird(neighbour: string, options = '', interval = 300, more = ''): void {
    const times = `interval ${interval} ms; multiplier 3; ${more}`;
    writeFileSync(
      join(this.folder, 'bird.conf'),
      `router id 10.9.0.2; protocol device {}
      protocol bfd bfd1 { interface "*" { ${times} }; multihop { ${times} }; neighbor ${neighbour} ${options}; }`,
    );
  }

  bird(...command: string[]): string {
    return this.run('birdc', '-s', join(this.folder, 'bird.ctl'), ...command);
  }

  get birdPid(): number {
    return Number(readFileSync(join(this.folder, 'bird.pid'), 'utf8'));
  }

  /** FRR with a BFD session and no BGP. */
  async startFrr(session: string): Promise<void> {
    const at = join(this.folder, 'frr');
    mkdirSync(at);
    writeFileSync(join(at, 'zebra.conf'), 'hostname zebra\n');
    const timers = ['detect-multiplier 3', 'receive-interval 300', 'transmit-interval 300', 'no shutdown'];
    writeFileSync(join(at, 'bfdd.conf'), ['bfd', ` ${session}`, ...timers.map((line) => `  ${line}`), ''].join('\n'));
    execFileSync('chown', ['-R', this.files.owner('frr'), at]);
    const daemon = (program: string, ...more: string[]) =>
      this.start(
        this.far,
        ...IN_REAL_TIME,
        ...this.files.command(this.folder, [
          `/usr/lib/frr/${program}`,
          ...['-P', '0', '-z', join(at, 'zserv.api'), '--vty_socket', at, ...more],
          ...['--log', `file:${join(at, `${program}.log`)}`, '-f', join(at, `${program}.conf`)],
          ...['-i', join(at, `${program}.pid`)],
        ]),
      );
    daemon('zebra');
    await until(() => existsSync(join(at, 'zserv.api')));
    const hasControl = this.run('/usr/lib/frr/bfdd', '--help').includes('--bfdctl'); // versions before 10
    daemon('bfdd', ...(hasControl ? ['--bfdctl', join(at, 'bfdd.sock')] : []));
    await until(() => existsSync(join(at, 'bfdd.vty')));
  }

  vtysh(...commands: string[]): string {
    const at = join(this.folder, 'frr');
    return this.run('vtysh', '--vty_socket', at, '-d', 'bfdd', ...commands.flatMap((command) => ['-c', command]));
  }

  get frrPid(): number {
    return Number(readFileSync(join(this.folder, 'frr', 'bfdd.pid'), 'utf8'));
  }

  async remove(): Promise<void> {
    for (const agent of this.agents) agent.socket.destroy();
    for (const child of this.started)
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGCONT');
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    this.node.remove();
    this.far.remove();
    rmSync(this.folder, { recursive: true });
  }

  private get socket(): string {
    return join(this.folder, 'bfd.sock');
  }

  private run(...command: readonly string[]): string {
    const [program, ...rest] = ['ip', 'netns', 'exec', this.far.name, ...this.files.command(this.folder, command)];
    return execFileSync(program, rest, { encoding: 'utf8', stdio: 'pipe' });
  }
}
