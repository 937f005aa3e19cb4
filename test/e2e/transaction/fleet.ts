import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fabricAttributes } from '../../../lib/constructs/attributes';
import type { AgentStatus } from '../../../lib/control/status';
import { OWN_PROTOCOL } from '../../../lib/kernel/codec/route-protocol';
import { startEtcd } from '../../../lib/lab/etcd';
import type { Lab } from '../../../lib/lab/lab';
import { AGENT_COMMAND } from '../../../lib/lab/speakers';
import { up } from '../../../lib/lab/up';
import type { FabricSpec } from '../../../lib/model/fabric';
import { readFabric } from '../../../lib/model/read';
import type { ProviderPackage } from '../../../lib/provider/package';
import type { Way } from '../support/etcd';
import { type Run, TerraformStack } from '../terraform-stack';
import { Doorkeeper } from './doorkeeper';
import { seeded } from './random';
import { type Deletion, Recording } from './recording';
import { type Report, Stream } from './stream';

/**
 * Packets a second from each workload to each other one: 1,000 a pair of nodes, both ways and both families together.
 */
export const RATE = 500;

/** Milliseconds after a change in which what it set off may still come. */
const AFTERMATH = 500;
/** Milliseconds that an agent sleeps: many packets are sent meanwhile. */
const NAP = 100;

/** What happened to packets and routes while something was done. */
export interface Observed<T> {
  readonly result: T;
  readonly report: Report;
  readonly deletions: readonly Deletion[];
}

/** Options of {@link Fleet}. */
export interface FleetOptions {
  /** Packets a second. */
  readonly rate?: number;
  /** How terraform reaches the doors. */
  readonly ways?: readonly Way[];
  /** It reaches the agents through an etcd of the lab, and there are no doors. */
  readonly etcd?: boolean;
}

/** What a deploy says beyond the fabric. */
export interface DeployOptions {
  readonly unreachable?: readonly string[];
  /** Nodes of a wave before that of the others. */
  readonly canaries?: readonly string[];
  /** Seconds that a wave has to become healthy. */
  readonly gateWithin?: number;
  readonly allowDisruption?: boolean;
  /** What `secret:` references stand for. */
  readonly secrets?: { readonly values: Readonly<Record<string, string>>; readonly version: number };
}

/**
 * A lab with a workload behind each node, packets between all of them, and a record of every kernel's routes; real
 * terraform deploys to it. `most` is the largest fabric: what is deployed may have fewer nodes.
 */
export class Fleet {
  private constructor(
    readonly lab: Lab,
    readonly stack: TerraformStack,
    readonly recording: Recording,
    readonly stream: Stream,
    /** Between terraform and the agents. */
    readonly doors: Doorkeeper,
    private readonly folder: string,
    private readonly ways: readonly Way[],
  ) {}

  static async up(
    most: FabricSpec,
    provider: ProviderPackage,
    { rate = RATE, ways = ['sockets'], etcd = false }: FleetOptions = {},
  ): Promise<Fleet> {
    const { fabric, problems } = readFabric(most);
    if (!fabric) throw new Error(problems.join('; '));
    const folder = mkdtempSync(join(tmpdir(), 'pf-t-'));
    const lab = await up({ fabric, name: `t${process.pid}`, folder: join(folder, 'lab'), agents: 'idle', etcd });
    Object.assign(process.env, lab.environment);
    const stack = new TerraformStack(provider);
    stack.configure('');
    const { code, text } = await stack.terraform('init');
    if (code !== 0) throw new Error(text);
    const doors = await Doorkeeper.of(folder, etcd ? {} : lab.endpoints, ways);
    return new Fleet(lab, stack, new Recording(lab), new Stream(lab, rate), doors, folder, ways);
  }

  async down(): Promise<void> {
    await this.stream.end();
    await this.recording.end();
    await this.doors.close();
    await this.lab.down();
    for (const name of Object.keys(this.lab.environment)) delete process.env[name];
    this.stack.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** node → where terraform reaches its agent. */
  private get endpoints(): Readonly<Record<string, string>> {
    return this.lab.state.etcd ? this.lab.endpoints : this.doors.endpoints;
  }

  /** Writes the configuration of a fabric: a wave of the canaries where there are any, and one of the other nodes. */
  configure(
    spec: FabricSpec,
    { unreachable, canaries = [], gateWithin, allowDisruption, secrets }: DeployOptions = {},
  ): void {
    const known = this.endpoints;
    const nodes = Object.fromEntries(
      Object.entries(spec.nodes ?? {}).map(([name, node]) => [name, { ...node, endpoint: known[name] }]),
    );
    const endpoints = (which: (name: string) => boolean) =>
      Object.fromEntries(Object.keys(nodes).flatMap((name) => (which(name) ? [[name, known[name]]] : [])));
    const deployed = {
      fabric: reference('name'),
      release: reference('release'),
      activation: reference('activation'),
      ...(unreachable && { unreachable }),
    };
    const gate = gateWithin !== undefined && { gate: { within: gateWithin } };
    const wave = (which: (name: string) => boolean, after: string) => ({
      ...deployed,
      ...gate,
      nodes: endpoints(which),
      depends_on: [after],
    });
    const isCanary = (name: string) => canaries.includes(name);
    const waves = {
      ...(canaries.length > 0 && { canaries: wave(isCanary, 'peerform_fabric.main') }),
      rest: wave((name) => !isCanary(name), canaries.length > 0 ? 'peerform_wave.canaries' : 'peerform_fabric.main'),
    };
    const resource = {
      peerform_fabric: {
        main: {
          ...fabricAttributes({ ...spec, nodes }),
          ...(unreachable && { unreachable }),
          ...(secrets && { secrets_wo: secrets.values, secrets_version: secrets.version }),
          ...(allowDisruption && { allow_disruption: true }),
        },
      },
      peerform_wave: waves,
      peerform_commit: { main: { ...deployed, nodes: endpoints(() => true), depends_on: ['peerform_wave.rest'] } },
    };
    this.stack.write('resources.tf.json', JSON.stringify({ resource }, null, 2));
  }

  /** Deploys a fabric by terraform apply, over one of its ways: a move from one to another touches nothing. */
  deploy(spec: FabricSpec, options?: DeployOptions): Promise<Run> {
    this.doors.way = this.ways[random(this.ways.length)];
    this.configure(spec, options);
    return this.stack.terraform('apply', '-auto-approve');
  }

  /**
   * Does something under packets between the workloads of these nodes. What nodes that leave or join meanwhile do with
   * their routes does not count.
   */
  async observe<T>(nodes: readonly string[], work: () => Promise<T>): Promise<Observed<T>> {
    await this.stream.only(this.workloadsOf((host) => nodes.includes(host)).map(([name]) => name));
    await this.stream.report();
    this.recording.take();
    const result = await work();
    await sleep(AFTERMATH);
    const report = await this.stream.report();
    const live = this.workloadsOf((host) => nodes.includes(host)).flatMap(([, { addresses }]) => addresses);
    const deletions = this.recording
      .take()
      .filter(({ node, prefix }) => nodes.includes(node) && live.includes(prefix.replace(/\/(32|128)$/, '')));
    return { result, report, deletions };
  }

  status(node: string): Promise<AgentStatus> {
    return this.lab.agent(node).status();
  }

  statuses(nodes: readonly string[]): Promise<AgentStatus[]> {
    return Promise.all(nodes.map((node) => this.status(node)));
  }

  /** How often each session of a node was Established and then was not, as its log has it. */
  falls(node: string): Map<string, number> {
    const falls = new Map<string, number>();
    const log = readFileSync(join(this.folder, 'lab', node, 'log'), 'utf8');
    for (const [, session] of log.matchAll(/^\S+ \w+ +(.+): Established -> /gm))
      falls.set(session, (falls.get(session) ?? 0) + 1);
    return falls;
  }

  /** Ends an agent politely, or by SIGKILL, and starts it again with the state it left. */
  async restart(node: string, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.stop(node, signal);
    await this.start(node);
  }

  start(node: string): Promise<void> {
    return this.lab.startAgent(node, AGENT_COMMAND);
  }

  async stop(node: string, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (signal === 'SIGKILL') this.kill(node);
    await this.lab.stop(node);
  }

  kill(node: string): void {
    this.signal(node, 'SIGKILL');
  }

  /** Does something while the agent of a node sleeps, and so that it takes some time. */
  async asleep(node: string, work: () => Promise<unknown>): Promise<void> {
    this.signal(node, 'SIGSTOP');
    try {
      await work();
      await sleep(NAP);
    } finally {
      this.signal(node, 'SIGCONT');
    }
  }

  /** Kills the etcd of the lab, and starts it again with its data. */
  async killEtcd(downMs: number): Promise<void> {
    const { folder, state } = this.lab;
    const etcd = state.etcd!;
    process.kill(etcd.process!.pid, 'SIGKILL');
    await sleep(downMs);
    await startEtcd(folder, etcd, (started) => {
      etcd.process = started;
      this.lab.save();
    });
  }

  private signal(node: string, signal: NodeJS.Signals): void {
    const agent = this.lab.state.processes[node];
    if (agent) process.kill(agent.pid, signal);
  }

  /** Routes of a node's kernel as `ip` shows them: those of agents, or all the others. */
  async routes(node: string, whose: 'ours' | 'foreign'): Promise<string[]> {
    const shown = await Promise.all(
      ['-4', '-6'].map((family) => this.lab.run(node, ['ip', family, '-o', 'route', 'show', 'table', 'all'])),
    );
    const isOurs = (line: string) => new RegExp(` proto ${OWN_PROTOCOL}\\b`).test(line);
    return shown
      .flatMap(({ stdout }) => stdout.split('\n'))
      .map((line) => line.trim())
      .filter((line) => line !== '' && isOurs(line) === (whose === 'ours'))
      .sort();
  }

  /** Puts routes of others into a node's kernel; returns all that are there. */
  async plantForeign(node: string): Promise<string[]> {
    for (const route of ['172.16.0.0/16 dev eth0 proto static metric 7', '10.65.0.77 dev eth0 proto bird metric 300'])
      await this.lab.run(node, ['ip', 'route', 'add', ...route.split(' ')]);
    await this.lab.run(node, ['ip', '-6', 'route', 'add', '2001:db8:1::/48', 'dev', 'eth0', 'proto', 'ospf']);
    return this.routes(node, 'foreign');
  }

  /** Nexthop objects of ours that no route is on, and that are in no group of one that is used. */
  async unusedObjects(node: string): Promise<string[]> {
    const routes = (await this.routes(node, 'ours')).join('\n');
    const used = new Set([...routes.matchAll(/ nhid (\d+)/g)].map(([, id]) => id));
    const { stdout } = await this.lab.run(node, ['ip', 'nexthop', 'show', 'proto', String(OWN_PROTOCOL)]);
    const objects = [...stdout.matchAll(/^id (\d+) (?:group (\S+))?/gm)];
    for (const [, id, group] of objects)
      if (group && used.has(id)) for (const member of group.split('/')) used.add(member.split(',')[0]);
    return objects.map(([, id]) => id).filter((id) => !used.has(id));
  }

  /** Prefixes of ours in a node's kernel. */
  async prefixes(node: string): Promise<string[]> {
    return (await this.routes(node, 'ours')).map((line) => line.split(' ')[0]).sort();
  }

  /** What a node must have from us when it runs with these: the addresses of the workloads behind the others. */
  expected(node: string, nodes: readonly string[]): string[] {
    return this.workloadsOf((host) => host !== node && nodes.includes(host))
      .flatMap(([, { addresses }]) => addresses)
      .sort();
  }

  private workloadsOf(which: (host: string) => boolean) {
    return this.lab.membersOf('workload').filter(([, { host }]) => host !== undefined && which(host));
  }
}

const random = seeded(Number(process.env.PEERFORM_SEED ?? 1));

const reference = (attribute: string): string => `\${peerform_fabric.main.${attribute}}`;
