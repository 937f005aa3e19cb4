import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeldReleases } from '../../lib/agent/held-releases';
import { type Delivery, openDelivery } from '../../lib/control/delivery';
import type { Trial } from '../../lib/control/demand';
import type { Observation, RecordedPrediction } from '../../lib/control/observed';
import { type OutsideStatus, sentRoutesName } from '../../lib/control/outside';
import { PROTOCOL, type Request, type Verb } from '../../lib/control/protocol';
import { type Release, SCHEMA_VERSION } from '../../lib/control/release';
import { type AgentApi, serve } from '../../lib/control/server';
import type { AgentStatus, AgentSummary, SessionStatus, TrialLosses } from '../../lib/control/status';
import { emptied, ownerOf, Refusal, type TransactionState } from '../../lib/control/transaction';
import { sessionsOf } from '../../lib/topology/derive';
import type { SentRoutes, WorkloadRoute, WorkloadRoutes } from '../../lib/topology/outside-routes';
import type { Session } from '../../lib/topology/session';
import { MemoryKeeper } from '../agent/memory-keeper';
import { KERNEL } from '../control/answers';

const BOOT = 'double';

/**
 * An agent without a network: the real transaction behind the real endpoint; its sessions are up wherever both ends run
 * the same release, unless the test holds them down.
 */
export class AgentDouble implements AgentApi {
  /** What it keeps on its disk. */
  disk = new MemoryKeeper();
  private holding: HeldReleases;
  /** Every verb that was carried out or refused, in order. */
  readonly asked: Verb[] = [];
  /** Why no session of it comes up, at neither end; undefined: they do. */
  ailment: string | undefined;
  /** Sessions with neighbours outside, and what a release on trial is held to by them. */
  outsideSessions: readonly SessionStatus[] = [];
  trial: Trial | undefined;
  /** Verbs that fail here, by their reason. */
  readonly failing = new Map<Verb, string>();
  /** Verbs after which it is gone without an answer: they are carried out. */
  readonly fatal = new Set<Verb>();
  /** Called before a verb is carried out. */
  before: (verb: Verb) => void | Promise<void> = () => {};
  delivered: Delivery | undefined;
  schemaVersion = SCHEMA_VERSION;
  protocol: number | undefined = PROTOCOL;
  /** It reads fabrics as the version before editions did. */
  isOlderThanEditions = false;
  private readonly releases = new Map<string, Release>();
  private derived: { of: Release; sessions: readonly Session[] } | undefined;
  private server: Server | undefined;

  constructor(
    readonly node: string,
    private readonly fleet: FleetDouble,
    readonly socket: string,
  ) {
    this.holding = new HeldReleases(node, this.disk);
  }

  get state(): TransactionState {
    return this.holding.state;
  }

  /** As if it had come about by itself. */
  set state(state: TransactionState) {
    this.holding.settle(state);
  }

  get endpoint(): string {
    return this.fleet.endpoints[this.node] ?? `unix://${this.socket}`;
  }

  async start(): Promise<void> {
    this.server = await serve(this, this.socket);
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** As after a reinstall: it knows nothing. */
  wipe(): void {
    this.disk = new MemoryKeeper();
    this.restart();
    this.releases.clear();
  }

  /** It was killed, and begins with what is on its disk. */
  restart(): void {
    this.holding = new HeldReleases(this.node, this.disk);
    this.holding.load();
    this.delivered = undefined;
  }

  /** The confirmation did not come: the confirm timer acts. */
  expire(): void {
    this.state = this.holding.expired({ boot: BOOT, at: Number.MAX_SAFE_INTEGER });
  }

  async perform<V extends Verb>(verb: V, request: Request<V>): Promise<Refusal | undefined> {
    await this.before(verb);
    this.asked.push(verb);
    const reason = this.failing.get(verb);
    if (reason !== undefined) return new Refusal('busy', reason);
    if (request.node !== this.node) return new Refusal('wrong-node', `this is ${this.node}, not ${request.node}`);
    if (verb === 'reset') return undefined;
    const next = this.holding.carryOut(verb, request, {
      at: new Date(0).toISOString(),
      terms: ({ confirmWithin }) => ({ deadline: { boot: BOOT, at: confirmWithin * 1000 } }),
      upBy: () => ({}),
    });
    if (next instanceof Refusal) return next;
    // What drains has drained at once.
    if (verb === 'finalise') this.state = emptied(next);
    if (this.fatal.has(verb)) await this.stop();
    return undefined;
  }

  async deliver(octets: Buffer): Promise<Refusal | undefined> {
    const delivery = this.fleet.open(octets);
    if (!('release' in delivery)) return new Refusal('invalid', delivery.join('; '));
    if (this.isOlderThanEditions && delivery.release.fabric.edition !== 1)
      return new Refusal(
        'invalid',
        'edition: there is no field edition. Remove it or correct its spelling; docs/reference lists the fields.',
      );
    this.delivered = delivery;
    this.releases.set(delivery.release.digest, delivery.release);
    this.holding.take(delivery);
    return undefined;
  }

  endpoints(): Delivery['endpoints'] {
    return this.holding.endpoints;
  }

  summary(): AgentSummary {
    const { deadline, trial: _, ...transaction } = this.state;
    return {
      schemaVersion: this.schemaVersion,
      protocol: this.protocol,
      version: '0.0.0',
      node: this.node,
      fabric: this.running()?.fabric.name,
      startedAt: new Date(0).toISOString(),
      transaction: { ...transaction, owner: ownerOf(this.state), returnsInMs: deadline?.at ?? null },
      service: 'full',
    };
  }

  /** What neighbours outside send it, by their addresses; undefined: it is older than that question. */
  heard: Readonly<Record<string, SentRoutes>> | undefined = {};
  async outside(): Promise<readonly OutsideStatus[]> {
    const local = this.running()?.fabric.nodes[this.node]?.ipv4Address;
    if (!this.heard) return undefined as never;
    return Object.entries(this.heard).map(([remoteAddress, sent]) => ({
      localAddress: String(local),
      remoteAddress,
      routerId: 1,
      routes: sentRoutesName(sent),
    }));
  }
  /** The workload routes that its kernel has. */
  workloadRoutes: readonly WorkloadRoute[] = [];
  workloads(): WorkloadRoutes {
    return { number: this.workloadRoutes.length, routes: this.workloadRoutes };
  }
  sent(name: string): SentRoutes | undefined {
    return Object.values(this.heard ?? {}).find((sent) => sentRoutesName(sent) === name);
  }

  status(): AgentStatus {
    return {
      ...this.summary(),
      sessions: [...this.sessions(), ...this.outsideSessions],
      ...(this.state.deadline && this.trial && { trial: this.trial }),
      kernel: KERNEL,
    };
  }

  exchanged(): undefined {
    return undefined;
  }

  matches(): Promise<never[]> {
    return Promise.resolve([]);
  }

  deployed(): Delivery | undefined {
    const release = this.running();
    return release && { release, endpoints: this.holding.endpointsOf(release) };
  }

  running(): Release | undefined {
    return this.state.active ? this.releases.get(this.state.active.release) : undefined;
  }

  private sessions(): SessionStatus[] {
    const running = this.running();
    if (!running) return [];
    if (this.derived?.of !== running) this.derived = { of: running, sessions: sessionsOf(running.fabric, this.node) };
    return this.derived.sessions.map((session): SessionStatus => {
      const other = session.remoteNode === undefined ? undefined : this.fleet.agents.get(session.remoteNode);
      const isUp = [this, other].every((it) => it?.ailment === undefined && it?.running()?.digest === running.digest);
      return {
        key: session.key,
        kind: session.kind,
        origin: session.origin,
        remoteNode: session.remoteNode,
        localAddress: session.localAddress.toString(),
        remoteAddress: session.remoteAddress.toString(),
        port: session.port,
        localAs: session.localAs.value,
        remoteAs: session.remoteAs.value,
        isInside: session.isInside,
        isRetiring: false,
        state: isUp ? 'Established' : 'Connect',
        since: new Date(0).toISOString(),
        lastError:
          isUp || this.ailment === undefined ? undefined : { at: new Date(0).toISOString(), text: this.ailment },
        routes: isUp ? { ipv4: { received: 0, accepted: 0, advertised: 0, endOfRib: true } } : {},
      };
    });
  }

  /** Prefixes that the release on trial took. */
  lost: TrialLosses['examples'] = [];
  losses = async (): Promise<TrialLosses> => ({ since: true, count: this.lost.length, examples: this.lost });
  /** Prefixes that it has a path to. */
  held: string[] = [];
  holds = (prefix: string) => this.held.includes(prefix);
  *routes() {}
  /** What plans said. */
  readonly predictions: RecordedPrediction[] = [];
  predict = (prediction: RecordedPrediction): void => void this.predictions.push(prediction);
  /** What it noted; nothing, unless a test says what. */
  observations: readonly Observation[] = [];
  observed = () => this.observations;

  checkFib(): never {
    throw new Error('a double has no kernel');
  }
  events = async () => [];
}

/** Some agents that know one another. */
export class FleetDouble {
  readonly agents = new Map<string, AgentDouble>();
  private readonly opened = new Map<string, ReturnType<typeof openDelivery>>();

  private readonly folder: string;

  /**
   * `given`: a folder for their sockets that is somebody else's to remove. `endpoints`: by node, of those that are not
   * reached at their sockets.
   */
  constructor(
    private readonly given?: string,
    readonly endpoints: Readonly<Record<string, string>> = {},
  ) {
    this.folder = given ?? mkdtempSync(join(tmpdir(), 'peerform-fleet-'));
  }

  /** Opens a delivery once for all agents: those of a real fleet do it side by side. */
  open(octets: Buffer): ReturnType<typeof openDelivery> {
    const hash = createHash('sha256').update(octets).digest('hex');
    if (!this.opened.has(hash)) this.opened.set(hash, openDelivery(octets));
    return this.opened.get(hash)!;
  }

  async start(...nodes: string[]): Promise<void> {
    for (const node of nodes) await this.add(node).start();
  }

  /** An agent that serves nobody. */
  add(node: string): AgentDouble {
    const agent = new AgentDouble(node, this, join(this.folder, `${node}.sock`));
    this.agents.set(node, agent);
    return agent;
  }

  get(node: string): AgentDouble {
    return this.agents.get(node)!;
  }

  get all(): AgentDouble[] {
    return [...this.agents.values()];
  }

  /** Every verb that any of them was asked, in the order of each. */
  get asked(): Verb[] {
    return this.all.flatMap(({ asked }) => asked);
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((agent) => agent.stop()));
    if (this.given === undefined) rmSync(this.folder, { recursive: true, force: true });
  }
}
