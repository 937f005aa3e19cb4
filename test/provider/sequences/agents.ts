import { AgentClient, Refused, Unreachable } from '../../../lib/control/client';
import type { HealthQuery } from '../../../lib/control/health';
import { healthWithin } from '../../../lib/control/health-wait';
import type { Request as RequestOf, Verb } from '../../../lib/control/protocol';
import { type AgentDouble, FleetDouble } from '../agent-double';

/** A change that an agent is asked for. */
export interface Request {
  readonly node: string;
  readonly verb: Verb | 'deliver';
}

/** What goes wrong the next time that an agent is asked for a verb. */
export interface Fault extends Request {
  readonly kind: 'refuses' | 'is down' | 'answer is lost' | 'is killed before' | 'is killed after';
}

/** What is wrong with agents for as long as nobody mends it. */
export interface Troubles {
  /** Nodes whose agent is not there, and those whose link is cut. */
  readonly down: ReadonlySet<string>;
  readonly cut: ReadonlySet<string>;
  /** Node → how many more files its disk takes. */
  readonly room: ReadonlyMap<string, number>;
  /** Faults that are still to come. */
  readonly faults: readonly Fault[];
}

export const NO_TROUBLES: Troubles = { down: new Set(), cut: new Set(), room: new Map(), faults: [] };

/**
 * Simulated agents, asked without sockets: the real transaction and ledger, a disk in memory, and failures. One of
 * these stands in for all clients of agents until {@link end}. `folder`: where their sockets would be.
 */
export class Agents {
  readonly fleet: FleetDouble;
  private now: Troubles = NO_TROUBLES;
  /** Verbs until the provider is dead; undefined: it lives. */
  lives: number | undefined;
  /** How often they were asked for anything. */
  asked = 0;
  /** How often verbs for each fabric changed an agent. */
  readonly deeds = new Map<string, number>();
  private readonly byEndpoint = new Map<string, AgentDouble>();
  private readonly mocks: jest.SpyInstance[] = [];

  constructor(nodes: readonly string[], folder?: string, endpoints?: Readonly<Record<string, string>>) {
    this.fleet = new FleetDouble(folder, endpoints);
    for (const node of nodes) {
      const agent = this.fleet.add(node);
      this.byEndpoint.set(agent.endpoint, agent);
    }
    const agents = this;
    const prototype = AgentClient.prototype;
    const mock = <M extends keyof AgentClient>(
      method: M,
      act: (agent: AgentDouble, ...args: never[]) => unknown,
    ): void => {
      const real = prototype[method];
      this.mocks.push(
        jest.spyOn(prototype, method as never).mockImplementation(async function (this: AgentClient, ...args: never[]) {
          await undefined;
          const agent = agents.byEndpoint.get(this.endpoint);
          return agent
            ? act(agents.present(agent), ...args)
            : (real as (...args: never[]) => unknown).apply(this, args);
        } as never),
      );
    };
    mock('summary', (agent) => copy(agent.summary()));
    mock('status', (agent) => copy(agent.status()));
    mock('drained', (agent) => copy(agent.summary()));
    mock('health', (agent, query: HealthQuery) => healthWithin(agent, { ...query, waitMs: 0 }));
    mock('endpoints', (agent) => agent.endpoints());
    mock('deployed', (agent) => agent.deployed());
    mock('losses', (agent) => agent.losses());
    mock('holds', () => false);
    const deliver = (agent: AgentDouble, octets: Uint8Array) =>
      agents.carryOut(agent, 'deliver', '', async () => agent.deliver(Buffer.from(octets)));
    const send = (agent: AgentDouble, verb: Verb, request: RequestOf<'confirm'>) =>
      agents.carryOut(agent, verb, request.fabric ?? '', () => agent.perform(verb, copy(request) as never));
    mock('deliver', deliver);
    mock('send', send);
    // What goes through etcd in one request is executed step by step, too.
    mock('stage', async (agent, octets: Uint8Array, _: unknown, request: RequestOf<'confirm'>, stop?: AbortSignal) => {
      await deliver(agent, octets);
      stop?.throwIfAborted();
      return send(agents.present(agent), 'stage', request);
    });
    mock('finalise', (agent, request: RequestOf<'confirm'>) => send(agent, 'finalise', request));
  }

  get isDead(): boolean {
    return this.lives !== undefined && this.lives <= 0;
  }

  /** What everybody has, as text. */
  get everything(): string {
    return JSON.stringify(this.fleet.all.map(({ state }) => state));
  }

  async end(): Promise<void> {
    for (const mock of this.mocks) mock.mockRestore();
    await this.fleet.stop();
  }

  get troubles(): Troubles {
    return this.now;
  }

  /** Things go wrong like this from now on; what is not named is mended. */
  async suffer(troubles: Troubles): Promise<void> {
    for (const agent of this.fleet.all) {
      const { node, disk } = agent;
      const room = troubles.room.get(node);
      agent.ailment = troubles.cut.has(node)
        ? 'no route to host'
        : troubles.down.has(node)
          ? 'it closed the connection'
          : undefined;
      if (room !== this.now.room.get(node)) disk.room = room ?? Number.POSITIVE_INFINITY;
    }
    this.now = troubles;
  }

  /** The provider is killed when so many verbs were carried out. */
  async killProviderAfter(verbs: number | undefined): Promise<void> {
    this.lives = verbs;
  }

  /** A machine is set up afresh: its agent knows nothing. */
  async wipe(node: string): Promise<void> {
    const agent = this.fleet.get(node);
    const { room } = agent.disk;
    agent.wipe();
    agent.disk.room = room;
  }

  async restart(node: string): Promise<void> {
    this.fleet.get(node).restart();
  }

  /** So much time passes that these return from what they have on trial. */
  async expire(...nodes: string[]): Promise<void> {
    for (const node of nodes) this.fleet.get(node).expire();
  }

  /** Whether whoever else knows of these agents says the same of them; throws where not. */
  async agree(): Promise<void> {}

  private present(agent: AgentDouble): AgentDouble {
    this.asked++;
    if (this.isDead) throw new Unreachable('the provider is dead');
    if (this.now.down.has(agent.node)) throw new Unreachable(`${agent.endpoint}: nobody listens`);
    return agent;
  }

  /** A verb came to an agent; it may be kept waiting. */
  protected async comes(_: Request): Promise<void> {
    if (this.lives !== undefined) this.lives--;
  }

  /** A verb was carried out, or went wrong, and whoever asked is about to be told. */
  protected async goes(_: Request): Promise<void> {}

  private async carryOut(
    agent: AgentDouble,
    verb: Fault['verb'],
    fabric: string,
    act: () => Promise<{ code: string; message: string } | undefined>,
  ) {
    const request = { node: agent.node, verb };
    await this.comes(request);
    const fault = this.now.faults.find((it) => it.node === agent.node && it.verb === verb);
    this.now = { ...this.now, faults: this.now.faults.filter((it) => it !== fault) };
    try {
      if (fault?.kind === 'refuses') throw new Refused('busy', 'it refuses');
      if (fault?.kind === 'is down') throw new Unreachable('no answer');
      if (fault?.kind === 'is killed before') {
        agent.restart();
        throw new Unreachable('it closed the connection');
      }
      const before = JSON.stringify(agent.state);
      const refusal = await act();
      if (JSON.stringify(agent.state) !== before) this.deeds.set(fabric, (this.deeds.get(fabric) ?? 0) + 1);
      if (fault?.kind === 'is killed after') agent.restart();
      if (fault) throw new Unreachable('it closed the connection');
      if (refusal) throw new Refused(refusal.code, refusal.message);
      return copy(agent.summary());
    } finally {
      await this.goes(request);
    }
  }
}

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
