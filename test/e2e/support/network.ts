import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentClient } from '../../../lib/control/client';
import { Namespace } from '../../kernel/namespace';

/**
 * Before the command line of a neighbour that runs BFD: on a machine full of tests it would otherwise be silent for
 * longer than a node waits.
 */
export const IN_REAL_TIME = ['chrt', '-r', '5'];

const MAIN = join(__dirname, '../../../dist/cli/main.js');

/** A process that a test started in a namespace. */
export class Process {
  private readonly output: Buffer[] = [];
  readonly ended: Promise<number | null>;

  constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => this.output.push(chunk));
    this.ended = new Promise((resolve) => child.on('close', resolve));
  }

  get text(): string {
    return Buffer.concat(this.output).toString('utf8');
  }

  /** Sends a signal that does not end it. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  kill(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }
}

/**
 * Machines on one link, each a network namespace with `eth0`. Everything is gone after {@link remove}.
 * Machine number n has 10.0.0.n/24 and fd00::n/64.
 */
export class LocalNetwork {
  readonly folder = mkdtempSync(join(tmpdir(), 'pf-'));
  readonly machines: readonly Namespace[];
  private readonly wire = Namespace.make();
  private readonly processes: Process[] = [];

  constructor(numbers: readonly number[]) {
    this.wire.ip('link add br0 type bridge');
    this.wire.ip('link set br0 up');
    this.machines = numbers.map((n) => {
      const machine = Namespace.make();
      this.wire.ip(`link add port${n} type veth peer name eth0 netns ${machine.name}`);
      this.wire.ip(`link set port${n} master br0 up`);
      machine.ip(`addr add 10.0.0.${n}/24 dev eth0`);
      machine.ip(`addr add fd00::${n}/64 dev eth0 nodad`);
      // A daemon that starts while its link-local address is tentative does not know it.
      machine.run('sysctl', '-qw', 'net.ipv6.conf.eth0.accept_dad=0');
      machine.ip('link set eth0 up');
      return machine;
    });
  }

  /** A path in this network's folder. */
  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, content: unknown): string {
    writeFileSync(this.path(name), typeof content === 'string' ? content : JSON.stringify(content));
    return this.path(name);
  }

  /**
   * Starts a program on a machine; it is ended with the network, if it did not end before. `before` goes before all of
   * its command line.
   */
  start(machine: Namespace, command: readonly string[], before: readonly string[] = []): Process {
    const [program, ...args] = [...before, 'ip', 'netns', 'exec', machine.name, ...command];
    const process = new Process(spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
    this.processes.push(process);
    return process;
  }

  /** Starts the agent of a node. `before` goes before its command line. */
  agent(machine: Namespace, node: string, args: readonly string[] = [], before: readonly string[] = []): Process {
    const own = ['--node', node, '--socket', this.path(`${node}.sock`), '--state', this.path(`state-${node}`)];
    const bfd = ['--bfd-socket', this.bfdSocket(node)];
    return this.start(machine, [...before, process.execPath, MAIN, 'agent', ...own, ...bfd, ...args]);
  }

  /** Starts the process beside the agent of a node that runs its BFD sessions, in real time. */
  bfd(machine: Namespace, node: string, args: readonly string[] = []): Process {
    const command = [process.execPath, MAIN, 'bfd', '--socket', this.bfdSocket(node), ...args];
    return this.start(machine, command, ['chrt', '-r', '10']);
  }

  private bfdSocket(node: string): string {
    return this.path(`${node}-bfd/bfd.sock`);
  }

  client(node: string): AgentClient {
    return new AgentClient(`unix://${this.path(`${node}.sock`)}`);
  }

  /** Starts BIRD with this configuration; ends with the network. */
  bird(machine: Namespace, configuration: string): Process {
    const file = this.write(`${machine.name}.conf`, configuration);
    const before = configuration.includes('protocol bfd') ? IN_REAL_TIME : [];
    return this.start(machine, [...before, 'bird', '-f', '-c', file, '-s', this.path(`${machine.name}.ctl`)]);
  }

  birdc(machine: Namespace, command: string): string {
    const args = ['-s', this.path(`${machine.name}.ctl`), ...command.split(' ')];
    return execFileSync('birdc', args, { encoding: 'utf8', stdio: 'pipe' });
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  async remove(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.kill('SIGKILL')));
    for (const machine of [...this.machines, this.wire]) machine.remove();
    rmSync(this.folder, { recursive: true });
  }
}

/**
 * Waits until `get` gives what `expected` expects; fails with the last difference. The deadline ends a test that fails.
 */
export async function eventually(check: () => unknown | Promise<unknown>, seconds = 20): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
