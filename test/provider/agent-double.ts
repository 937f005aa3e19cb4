import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Delivery, openDelivery } from '../../lib/control/delivery';
import type { Request, Verb } from '../../lib/control/protocol';
import { type Release, SCHEMA_VERSION } from '../../lib/control/release';
import { type AgentApi, serve } from '../../lib/control/server';
import type { AgentStatus, AgentSummary, Losses, SessionStatus } from '../../lib/control/status';
import {
  activate,
  type Command,
  confirm,
  drain,
  emptied,
  expire,
  finalise,
  NOTHING,
  Refusal,
  remove,
  rollBack,
  stage,
  type TransactionState,
  undrain,
} from '../../lib/control/transaction';
import { sessionsOf } from '../../lib/topology/derive';
import type { Session } from '../../lib/topology/session';

const BOOT = 'double';

type Everything = Request<'stage'> & Request<'activate'> & Request<'rollback'> & Request<'finalise'> & Request<'drain'>;

/**
 * An agent without a network: the real transaction behind the real endpoint; its sessions are up wherever both ends run the
 * same release, unless the test holds them down.
 */
export class AgentDouble implements AgentApi {
  state: TransactionState = NOTHING;
  /** Every verb that was carried out or refused, in order. */
  readonly asked: Verb[] = [];
  /** Why sessions do not come up; undefined: they do. */
  ailment: string | undefined;
  /** Verbs that fail here, by their reason. */
  readonly failing = new Map<Verb, string>();
  /** Called before a verb is carried out. */
  before: (verb: Verb) => void | Promise<void> = () => {};
  delivered: Delivery | undefined;
  schemaVersion = SCHEMA_VERSION;
  private readonly releases = new Map<string, Release>();
  private derived: { of: Release; sessions: readonly Session[] } | undefined;
  private server: Server | undefined;

  constructor(
    readonly node: string,
    private readonly fleet: FleetDouble,
    readonly socket: string,
  ) {}

  get endpoint(): string {
    return `unix://${this.socket}`;
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
    this.state = NOTHING;
    this.releases.clear();
  }

  /** The confirmation did not come: the dead man acts. */
  expire(): void {
    this.state = expire(this.state, { boot: BOOT, at: Number.MAX_SAFE_INTEGER });
  }

  async perform<V extends Verb>(verb: V, request: Request<V>): Promise<Refusal | undefined> {
    await this.before(verb);
    this.asked.push(verb);
    const reason = this.failing.get(verb);
    if (reason !== undefined) return new Refusal('busy', reason);
    const next = this.next(verb, request as unknown as Everything);
    if (next instanceof Refusal) return next;
    this.state = next;
    return undefined;
  }

  private next(verb: Verb, request: Everything): TransactionState | Refusal {
    if (request.node !== this.node) return new Refusal('wrong-node', `this is ${this.node}, not ${request.node}`);
    const command: Command = request;
    switch (verb) {
      case 'stage':
        return this.delivered?.release.digest === command.release
          ? stage(this.state, command)
          : new Refusal('not-delivered', 'it was not delivered');
      case 'activate':
        return activate(this.state, command, { deadline: { boot: BOOT, at: request.confirmWithin * 1000 } });
      case 'confirm':
        return confirm(this.state, command);
      case 'finalise':
        return this.finalise(command, request.behind);
      case 'rollback':
        return rollBack(this.state, command, request.reason);
      case 'drain':
        return drain(this.state, { by: request.by, at: new Date(0).toISOString() });
      case 'undrain':
        return undrain(this.state);
      case 'remove':
        return remove(this.state, request.owner);
    }
  }

  deliver(octets: Buffer): Refusal | undefined {
    const delivery = this.fleet.open(octets);
    if (!('release' in delivery)) return new Refusal('invalid', delivery.join('; '));
    this.delivered = delivery;
    this.releases.set(delivery.release.digest, delivery.release);
    return undefined;
  }

  endpoints(): Delivery['endpoints'] {
    return this.delivered?.endpoints ?? {};
  }

  summary(): AgentSummary {
    const { deadline, ...transaction } = this.state;
    return {
      schemaVersion: this.schemaVersion,
      version: '0.0.0',
      node: this.node,
      fabric: this.running()?.fabric.name,
      startedAt: new Date(0).toISOString(),
      transaction: { ...transaction, returnsInMs: deadline && 1000 },
      service: 'full',
    };
  }

  /** What drains has drained at once. */
  private finalise(command: Command, behind?: readonly string[]): TransactionState | Refusal {
    const next = finalise(this.state, command, behind);
    return next instanceof Refusal ? next : emptied(next);
  }

  status(): AgentStatus {
    return {
      ...this.summary(),
      sessions: this.sessions(),
      kernel: {
        wanted: 0,
        installed: 0,
        waiting: [],
        failed: [],
        workloads: 0,
        differences: { missing: 0, extra: 0, different: 0 },
        beside: [],
        duplicates: [],
      },
    };
  }

  deployed(): Delivery | undefined {
    const release = this.running();
    return release && { release, endpoints: this.endpoints() };
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
      const isUp = this.ailment === undefined && other?.running()?.digest === running.digest;
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
  lost: Losses['examples'] = [];
  losses = async (): Promise<Losses> => ({ since: true, count: this.lost.length, examples: this.lost });
  /** Prefixes that it has a path to. */
  held: string[] = [];
  holds = (prefix: string) => this.held.includes(prefix);
  *routes() {}

  checkFib(): never {
    throw new Error('a double has no kernel');
  }
  events = async () => [];
}

/** Some agents that know one another. */
export class FleetDouble {
  readonly agents = new Map<string, AgentDouble>();
  private readonly opened = new Map<string, ReturnType<typeof openDelivery>>();

  constructor(private readonly folder = mkdtempSync(join(tmpdir(), 'peerform-fleet-'))) {}

  /** Opens a delivery once for all agents: those of a real fleet do it side by side. */
  open(octets: Buffer): ReturnType<typeof openDelivery> {
    const hash = createHash('sha256').update(octets).digest('hex');
    if (!this.opened.has(hash)) this.opened.set(hash, openDelivery(octets));
    return this.opened.get(hash)!;
  }

  async start(...nodes: string[]): Promise<void> {
    for (const node of nodes) {
      const agent = new AgentDouble(node, this, join(this.folder, `${node}.sock`));
      this.agents.set(node, agent);
      await agent.start();
    }
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
    rmSync(this.folder, { recursive: true, force: true });
  }
}
