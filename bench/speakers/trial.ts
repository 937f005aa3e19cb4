import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { type Daemon, entered, type Task } from './daemon/daemon';
import { INJECTOR, Namespaces, SINKS } from './namespaces';
import { clock, type Neighbour } from './orders';
import { busyTime, family as familyOf, kernelRoutes, listens, memory, processorTime } from './processes';
import { Traffic } from './traffic-process';

/** The AS number of the daemon under test, and that of the injector. */
export const DAEMON_AS = 65000;
export const INJECTOR_AS = 65001;
const SINK_AS = 4_200_000_001;
const [DAEMON_CORE, TRAFFIC_CORE] = cpus().length > 1 ? [0, 1] : [undefined, undefined];
/** More of the daemon's core than this, as a share of the time, taken by others: the figure is marked. */
const DISTURBANCE = 0.08;

export interface Setup {
  readonly family: 'ipv4' | 'ipv6';
  /** Sinks, besides the injector. */
  readonly sinks: number;
  /** Whether its routes go to the kernel; absent: no. */
  readonly kernelRoutes?: boolean;
  /** Seconds, as the neighbours offer it. */
  readonly holdTime: number;
  /** All are clients of the daemon, which reflects routes; absent: external neighbours. */
  readonly reflects?: boolean;
}

/** Milliseconds. */
const SETTLES = 4000;

/** What was measured between two moments. */
export interface Measured {
  /** Seconds of the clock, and of the daemon's processors. */
  readonly seconds: number;
  readonly processor: number;
  /** Others were busy on the daemon's core. */
  readonly disturbed: boolean;
}

/** One daemon in fresh namespaces with its neighbours; to be ended in any case. */
export class Trial {
  readonly injector: Traffic;
  readonly sinks: Traffic;
  private readonly namespaces = new Namespaces();
  private readonly task: Task;
  private readonly children: ChildProcess[] = [];
  private began = { processor: 0, busy: 0 };

  private constructor(
    private readonly daemon: Daemon,
    private readonly scratch: string,
    program: string,
    setup: Setup,
  ) {
    const { family } = setup;
    const sinks = Array.from({ length: setup.sinks }, (_, i) => sink(i, setup));
    const injector: Neighbour = {
      id: 0,
      local: INJECTOR[family].own,
      remote: INJECTOR[family].daemon,
      as: setup.reflects ? DAEMON_AS : INJECTOR_AS,
      routerId: 0x0a010002,
      family,
      remembers: false,
      holdTime: setup.holdTime,
    };
    const directory = join(scratch, 'daemon');
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    this.namespaces.up(sinks);
    const path = (name: string) => join(directory, name);
    this.task = {
      directory,
      kernelRoutes: setup.kernelRoutes ?? false,
      as: DAEMON_AS,
      routerId: '10.0.0.1',
      family,
      neighbours: [{ ...injector, isInjector: true }, ...sinks.map((one) => ({ ...one, isInjector: false }))],
      addresses: [INJECTOR[family].daemon, SINKS[family]],
      path,
      programs: dirname(program),
      write(name, text) {
        writeFileSync(path(name), text);
        return path(name);
      },
      start: (argv) => this.start(argv),
      run: (argv) => this.run(argv),
      ask,
    };
    const traffic = (neighbours: Neighbour[]) => {
      const process = new Traffic((argv) => this.namespaces.command('neighbours', TRAFFIC_CORE, argv), program);
      process.order({ order: 'neighbours', neighbours });
      return process;
    };
    this.injector = traffic([injector]);
    this.sinks = traffic(sinks);
  }

  /** Starts the daemon and waits until it listens and rests. */
  static async begin(daemon: Daemon, scratch: string, program: string, setup: Setup): Promise<Trial> {
    const trial = new Trial(daemon, scratch, program, setup);
    try {
      await daemon.start(trial.task);
      for (let i = 0; !listens(trial.pid, 179); i++) {
        if (i > 3000) throw new Error('does not listen on port 179');
        trial.isAlive();
        await pause(20);
      }
      await pause(500);
      await trial.rest();
      return trial;
    } catch (error) {
      await trial.end();
      throw error;
    }
  }

  async end(): Promise<void> {
    for (const child of this.children) child.removeAllListeners('exit');
    await Promise.all([this.injector.end(), this.sinks.end()]);
    for (const pid of this.pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {} // it has ended
    }
    await Promise.all(
      this.children.map(
        (child) => child.exitCode ?? child.signalCode ?? new Promise((done) => child.once('exit', done)),
      ),
    );
    this.namespaces.down();
  }

  /** Connects and waits until all its neighbours are Established. */
  async connect(traffic: Traffic, seconds = 60): Promise<void> {
    traffic.order({ order: 'connect' });
    await traffic.wait('up', seconds, () => this.isAlive());
  }

  /** Begins to measure. */
  mark(): void {
    this.began = { processor: processorTime(this.pids), busy: DAEMON_CORE === undefined ? 0 : busyTime(DAEMON_CORE) };
  }

  /**
   * What happened since {@link mark} at `from` until `to`, both of the clock; the daemon's processor time until it
   * rests.
   */
  async measured(from: number, to: number): Promise<Measured> {
    const own = processorTime(this.pids) - this.began.processor;
    const busy = DAEMON_CORE === undefined ? own : busyTime(DAEMON_CORE) - this.began.busy;
    await this.rest();
    return {
      seconds: to - from,
      processor: processorTime(this.pids) - this.began.processor,
      disturbed: busy - own > 0.05 + DISTURBANCE * (to - from),
    };
  }

  /** Waits until the daemon says that it holds so many routes of the injector; when that was. */
  async holds(count: number, seconds: number): Promise<number> {
    for (const end = clock() + seconds; ; ) {
      const before = clock();
      const held = await this.daemon.count(this.task);
      const after = clock();
      if (held >= count) return (before + after) / 2;
      if (after > end) throw new Error(`holds ${held} of ${count} routes after ${Math.round(seconds)} s`);
      this.isAlive();
      await pause(Math.max(5, 2000 * (after - before))); // questions that are dear to answer are asked less often
    }
  }

  /** How many routes there are in the daemon's kernel, its own ones and those of links. */
  inKernel(): number {
    return kernelRoutes(this.pid, this.task.family);
  }

  /** Waits until the kernel holds so many routes, or no more than so many; when that was. */
  async kernelHolds(count: number, seconds: number, isLimit = false): Promise<number> {
    for (const end = clock() + seconds; ; ) {
      const before = clock();
      const held = this.inKernel();
      const after = clock();
      if (isLimit ? held <= count : held >= count) return (before + after) / 2;
      if (after > end) throw new Error(`${held} routes in the kernel after ${Math.round(seconds)} s, not ${count}`);
      this.isAlive();
      await pause(Math.max(5, 2000 * (after - before)));
    }
  }

  /**
   * Asks the daemon something again and again, as BIRD sleeps in the middle of its work otherwise; ends when `done`
   * does.
   */
  async keepAwake<T>(done: Promise<T>): Promise<T> {
    let isDone = false;
    const finished = done.finally(() => {
      isDone = true;
    });
    const nudges = (async () => {
      while (!isDone && this.daemon.name === 'BIRD') {
        await this.daemon.count(this.task);
        await pause(20);
      }
    })();
    const result = await finished;
    await nudges;
    return result;
  }

  /** See {@link Daemon.pauses}. */
  pauses(): Promise<() => Promise<number>> | undefined {
    return this.daemon.pauses?.(this.task);
  }

  memory(what: 'VmRSS' | 'VmHWM'): number {
    return memory(this.pids, what);
  }

  isAlive(): void {
    for (const { exitCode, signalCode } of this.children)
      if (exitCode !== null || signalCode !== null) throw new Error(`ended by itself (${exitCode ?? signalCode})`);
  }

  /** Waits until the daemon has used next to no processor time for 0.4 s, but at most 5 s. */
  async rest(): Promise<void> {
    let quiet = 0;
    for (let i = 0; i < 25 && quiet < 2; i++) {
      const before = processorTime(this.pids);
      await pause(200);
      quiet = processorTime(this.pids) - before < 0.007 ? quiet + 1 : 0;
    }
  }

  /** Numbers of the sinks, for orders. */
  get sinkIds(): readonly number[] {
    return this.task.neighbours.filter(({ isInjector }) => !isInjector).map(({ id }) => id);
  }

  /** Waits until it rests, and then as long as it may take to give memory back. */
  async settle(): Promise<void> {
    await this.rest();
    await pause(SETTLES);
    await this.rest();
  }

  private get pid(): number {
    return this.children.at(-1)!.pid!;
  }

  private get pids(): number[] {
    return this.children.flatMap(({ pid }) => (pid === undefined ? [] : familyOf(pid)));
  }

  private start(argv: readonly string[]): void {
    const core = this.daemon.isWide ? undefined : DAEMON_CORE;
    const [file, ...rest] = this.namespaces.command('daemon', core, this.entered(argv));
    const log = openSync(this.task.path(`${this.children.length}.log`), 'w');
    this.children.push(spawn(file, rest, { stdio: ['ignore', log, log], cwd: this.scratch }));
    closeSync(log);
  }

  private entered(argv: readonly string[]): readonly string[] {
    return entered(this.daemon.tree, this.task.directory, argv);
  }

  private run(argv: readonly string[]): Promise<string> {
    const [file, ...rest] = this.namespaces.command('daemon', TRAFFIC_CORE, this.entered(argv));
    return new Promise((resolve) => execFile(file, rest, { maxBuffer: 2 ** 26 }, (_error, stdout) => resolve(stdout)));
  }
}

export const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** The sink of this index; one that is alone remembers every prefix. */
export function sink(index: number, { family, sinks, holdTime, reflects }: Setup): Neighbour {
  const n = index + 1;
  return {
    id: n,
    local: family === 'ipv4' ? `10.2.${128 + Math.floor(n / 250)}.${1 + (n % 250)}` : `fd00:2::1:${n.toString(16)}`,
    remote: SINKS[family],
    as: reflects ? DAEMON_AS : SINK_AS + index,
    ...(reflects && { isClient: true }),
    routerId: 0x0a028000 + n,
    family,
    remembers: sinks === 1,
    holdTime,
  };
}

function ask(socket: string, question: string, isWhole: (answer: Buffer) => boolean = () => false): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const connection = connect(socket, () => connection.write(question));
    connection.on('data', (chunk) => {
      chunks.push(chunk);
      if (isWhole(Buffer.concat(chunks))) connection.end();
    });
    connection.on('error', reject);
    connection.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}
