import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { AgentStatus } from '../../../lib/control/status';
import type { Namespace } from '../../kernel/namespace';
import { eventually, LocalNetwork, type Process } from '../support/network';

/** Seconds by which a clock is ahead when time has passed: more than any deploy waits for its confirmation. */
const LATER = 3600;

/**
 * Five machines on one link with a small disk and an agent each, which may be killed, cut off, filled, wiped, and
 * brought forward in time.
 */
export class Machines {
  readonly network: LocalNetwork;
  private readonly agents = new Map<string, Process>();
  private readonly ahead = new Map<string, number>();

  constructor(readonly nodes: readonly string[]) {
    this.network = new LocalNetwork(nodes.map(numberOf));
    for (const node of nodes) {
      mkdirSync(this.disk(node));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', this.disk(node)]);
    }
  }

  async remove(): Promise<void> {
    for (const node of this.nodes) await this.kill(node);
    for (const node of this.nodes) execFileSync('umount', [this.disk(node)]);
    await this.network.remove();
  }

  /** Starts agents; they answer when this is done. */
  async start(...nodes: string[]): Promise<void> {
    for (const node of nodes) {
      const later = ['unshare', '--time', '--monotonic', String(this.ahead.get(node) ?? 0), '--'];
      this.agents.set(node, this.network.agent(this.machine(node), node, [], later));
    }
    await Promise.all(nodes.map((node) => eventually(() => this.status(node), 60)));
  }

  async kill(node: string): Promise<void> {
    const agent = this.agents.get(node);
    this.agents.delete(node);
    await agent?.kill('SIGKILL');
  }

  isUp(node: string): boolean {
    return this.agents.has(node);
  }

  /**
   * Kills an agent that is there, does what is to be done meanwhile, and starts it again; one that is not there stays
   * so.
   */
  async again(node: string, meanwhile: () => void = () => {}): Promise<void> {
    const wasUp = this.isUp(node);
    await this.kill(node);
    meanwhile();
    if (wasUp) await this.start(node);
  }

  /** As after a reinstall: nothing is on the disk but what fills it. */
  wipe(node: string): Promise<void> {
    return this.again(node, () => {
      for (const name of readdirSync(this.disk(node)))
        if (name !== FILLER) rmSync(join(this.disk(node), name), { recursive: true });
      this.fill(node, readdirSync(this.disk(node)).includes(FILLER));
    });
  }

  /** An hour later, by the clock of the machine that no one can set. */
  later(node: string): Promise<void> {
    return this.again(node, () => this.ahead.set(node, (this.ahead.get(node) ?? 0) + LATER));
  }

  /** Nothing more goes onto the disk, or again as much as before. */
  fill(node: string, isFull: boolean): void {
    const filler = join(this.disk(node), FILLER);
    rmSync(filler, { force: true });
    if (!isFull) return;
    try {
      execFileSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k'], { stdio: 'ignore' });
    } catch {
      return; // the disk is full, as it should be
    }
    throw new Error(`${filler} does not fill its disk`);
  }

  /** The link of a machine is cut, and what goes over it ends at both ends; or it is mended. */
  cut(node: string, isCut: boolean): void {
    this.machine(node).ip(`link set eth0 ${isCut ? 'down' : 'up'}`);
    if (!isCut) return;
    for (const other of this.nodes)
      execFileSync('ip', [
        ...['netns', 'exec', this.machine(other).name, 'ss', '-K', '-t', 'dst'],
        other === node ? '10.0.0.0/24' : addressOf(node),
      ]);
  }

  /** Asked beside the clients that a model stands in for. */
  status(node: string): Promise<AgentStatus> {
    return new Promise((resolve, reject) => {
      const socketPath = this.network.path(`${node}.sock`);
      request({ socketPath, path: '/v1/status', timeout: 10_000 }, (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8'))));
      })
        .on('error', reject)
        .end();
    });
  }

  /** node → where its agent is asked. */
  get endpoints(): Record<string, string> {
    return Object.fromEntries(this.nodes.map((node) => [node, `unix://${this.network.path(`${node}.sock`)}`]));
  }

  private machine(node: string): Namespace {
    return this.network.machines[this.nodes.indexOf(node)];
  }

  private disk(node: string): string {
    return this.network.path(`state-${node}`);
  }
}

const FILLER = 'filler';
const numberOf = (node: string): number => Number(node.slice(1));
const addressOf = (node: string): string => `10.0.0.${numberOf(node)}`;
