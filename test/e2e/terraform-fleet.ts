import { rmSync } from 'node:fs';
import type { AgentStatus } from '../../lib/control/status';
import { OWN_PROTOCOL } from '../../lib/kernel/codec/route-protocol';
import type { Namespace } from '../kernel/namespace';
import { eventually, LocalNetwork, type Process } from './support/network';

/** Address of a workload of n1. */
const WORKLOAD = '10.65.0.1';

/** What a configuration says beyond a plain fabric; text is HCL. */
export interface Options {
  /** Names of its nodes; all of the fleet if absent. */
  readonly nodes?: readonly string[];
  readonly name?: string;
  /** More of node n1, and of every node. */
  readonly n1?: string;
  readonly node?: string;
  /** More of the fabric. */
  readonly fabric?: string;
  /** More of the wave. */
  readonly wave?: string;
  readonly unreachable?: readonly string[];
  /** More resources. */
  readonly more?: string;
  /** What the commit comes after, beside the wave. */
  readonly commitAfter?: string;
}

/**
 * Real agents on machines of one network: node n1 on 10.0.0.1, and so on. None knows a fabric until Terraform deploys
 * one. A workload runs on n1.
 */
export class RealFleet {
  readonly network: LocalNetwork;
  readonly nodes: readonly string[];
  private readonly agents = new Map<string, Process>();

  /** `others`: numbers of machines on the network that are no nodes. */
  constructor(size: number, others: readonly number[] = []) {
    const numbers = Array.from({ length: size }, (_, i) => i + 1);
    this.network = new LocalNetwork([...numbers, ...others]);
    this.nodes = numbers.map((number) => `n${number}`);
    const n1 = this.machine('n1');
    n1.pair('cali1');
    n1.ip(`route add ${WORKLOAD}/32 dev cali1`);
  }

  machine(node: string): Namespace {
    return this.network.machines[Number(node.slice(1)) - 1];
  }

  /** Starts agents; they answer when this is done. */
  start(...nodes: string[]): Promise<void> {
    return this.startBy((node) => this.network.agent(this.machine(node), node), ...nodes);
  }

  /** The same, each started in a way of the caller's. */
  async startBy(begin: (node: string) => Process, ...nodes: string[]): Promise<void> {
    for (const node of nodes) this.agents.set(node, begin(node));
    await Promise.all(nodes.map((node) => eventually(() => this.network.client(node).status())));
  }

  async kill(node: string): Promise<void> {
    await this.agents.get(node)?.kill('SIGKILL');
  }

  /** As after a reinstall of the machine: its agent knows nothing. */
  async wipe(node: string): Promise<void> {
    await this.kill(node);
    rmSync(this.network.path(`state-${node}`), { recursive: true });
    await this.start(node);
  }

  status(node: string): Promise<AgentStatus> {
    return this.network.client(node).status();
  }

  /** Of each of these nodes `active/confirmed`, as numbers of activations. */
  async activations(nodes = this.nodes): Promise<string[]> {
    const statuses = await Promise.all(nodes.map((node) => this.status(node)));
    return statuses.map(
      ({ transaction: { active, confirmed } }) => `${active?.activation ?? '-'}/${confirmed?.activation ?? '-'}`,
    );
  }

  /** Of each of these nodes the number of sessions that are Established, then of all. */
  async sessions(nodes = this.nodes): Promise<[number, number][]> {
    const statuses = await Promise.all(nodes.map((node) => this.status(node)));
    return statuses.map(({ sessions }) => [
      sessions.filter(({ state }) => state === 'Established').length,
      sessions.length,
    ]);
  }

  /** Which of these nodes have the workload of n1 in their kernel by BGP. */
  reached(nodes = this.nodes): string[] {
    return nodes.filter((node) => this.machine(node).routes(`${WORKLOAD} proto ${OWN_PROTOCOL}`).length > 0);
  }

  /** Every route that agents have in the kernels of these nodes. */
  routes(nodes = this.nodes): string[] {
    return nodes.flatMap((node) =>
      ([4, 6] as const).flatMap((family) => this.machine(node).routes(`table all proto ${OWN_PROTOCOL}`, family)),
    );
  }

  endpoint(node: string): string {
    return `unix://${this.network.path(`${node}.sock`)}`;
  }

  /** A fabric with a wave of all its nodes and a commit, as a person writes it. */
  configuration({ nodes = this.nodes, name = 'main', fabric = '', wave = '', more = '', ...options }: Options = {}) {
    const entries = nodes.map(
      (node) => `  node "${node}" {
    ipv4_address = "10.0.0.${node.slice(1)}"
    endpoint     = "${this.endpoint(node)}"
    ${node === 'n1' ? (options.n1 ?? '') : ''}
    ${options.node ?? ''}
  }`,
    );
    const absent = options.unreachable ? `  unreachable = ${JSON.stringify(options.unreachable)}\n` : '';
    const deployed = `  fabric     = peerform_fabric.main.name
  release    = peerform_fabric.main.release
  activation = peerform_fabric.main.activation
  nodes      = { for name, node in peerform_fabric.main.node : name => node.endpoint }
${absent}`;
    return `
resource "peerform_fabric" "main" {
  name               = "${name}"
  connect_retry_time = 1
${absent}${fabric}
${entries.join('\n')}
}
resource "peerform_wave" "all" {
${deployed}  allow_disruption = peerform_fabric.main.allow_disruption
${wave}}
resource "peerform_commit" "main" {
${deployed}  depends_on = [${['peerform_wave.all', ...(options.commitAfter ? [options.commitAfter] : [])].join(', ')}]
}
${more}`;
  }

  remove(): Promise<void> {
    return this.network.remove();
  }
}
