import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventLog } from '../../lib/agent/events/event-log';
import { makeRelease, type Release } from '../../lib/control/release';
import { type AgentApi, serve } from '../../lib/control/server';
import type { AgentEvent, AgentStatus, SessionStatus } from '../../lib/control/status';
import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { sessionsOf } from '../../lib/topology/derive';
import { STATUS } from '../control/answers';

const AT = '2026-11-30T08:00:00.000Z';

export const fabricOf = (spec: FabricSpec): Fabric => {
  const { fabric, problems } = readFabric(spec);
  if (!fabric) throw new Error(problems.join('\n'));
  return fabric;
};

/** The sessions of a node as its agent tells of them, all up. */
const sessionsUp = (fabric: Fabric, node: string): SessionStatus[] =>
  sessionsOf(fabric, node).map((session) => ({
    ...{ key: session.key, kind: session.kind, origin: String(session.origin) },
    ...(session.remoteNode !== undefined && { remoteNode: session.remoteNode }),
    localAddress: String(session.localAddress),
    remoteAddress: String(session.remoteAddress),
    ...{ port: session.port, localAs: Number(session.localAs), remoteAs: Number(session.remoteAs) },
    ...{ isInside: session.remoteNode !== undefined, isRetiring: false, state: 'Established' as const, since: AT },
    routes: { ipv4: { received: 4, accepted: 4, advertised: 2, endOfRib: true } },
  }));

/** What the agent of a node says that runs a release, confirmed, with all sessions up. */
export function statusOf({ digest, fabric }: Release, node: string, more: Partial<AgentStatus> = {}): AgentStatus {
  const running = { release: digest, activation: 1, fabric: fabric.name, owner: 'alice' };
  return {
    ...{ ...STATUS, node, fabric: fabric.name, asNumber: 64512, startedAt: AT },
    transaction: { ...STATUS.transaction, owner: 'alice', activation: 1, confirmed: running, active: running },
    sessions: sessionsUp(fabric, node),
    ...more,
  };
}

/** An agent in this process, for those who ask: it says what it is made to say. */
class ServedAgent {
  readonly events = new EventLog();
  private server: Server | undefined;

  constructor(
    readonly socket: string,
    public status: AgentStatus,
    public release: Release,
    private readonly endpoints: Readonly<Record<string, string>>,
  ) {}

  /** Has this happened to it. */
  becomes(
    change: (status: AgentStatus) => AgentStatus,
    kind: AgentEvent['kind'] = 'session',
    message = 'changed',
  ): void {
    this.status = change(this.status);
    this.events.add(kind, message);
  }

  /** Sessions with a node or an address are in this state. */
  session(other: string, state: SessionStatus['state']): void {
    this.becomes((status) => ({
      ...status,
      sessions: status.sessions.map((one) =>
        one.remoteNode === other || one.remoteAddress === other ? { ...one, state } : one,
      ),
    }));
  }

  async start(): Promise<void> {
    const api: Partial<AgentApi> = {
      status: () => this.status,
      summary: () => this.status,
      endpoints: () => this.endpoints,
      deployed: () => ({ release: this.release, endpoints: this.endpoints }),
      events: (since, waitMs) => this.events.after(since, waitMs),
      routes: () => [{ prefix: '10.65.1.0/24', isBest: true, from: '10.0.0.2', nextHop: '10.0.0.2', asPath: '65000' }],
      exchanged: () => [],
      matches: async () => [],
    };
    this.server = await serve(api as AgentApi, this.socket);
  }

  stop(): void {
    this.events.add('agent', 'stops'); // nobody waits for what does not come
    this.server?.closeAllConnections();
    this.server?.close();
  }
}

/** The agents of a fabric, each on a socket of its own. */
export class ServedFleet {
  readonly folder = mkdtempSync(join(tmpdir(), 'pf-ui-'));
  readonly agents: ReadonlyMap<string, ServedAgent>;

  constructor(readonly fabric: Fabric) {
    const release = makeRelease(fabric);
    const names = Object.keys(fabric.nodes);
    const path = (name: string) => join(this.folder, `${names.indexOf(name)}.sock`);
    const endpoints = Object.fromEntries(names.map((name) => [name, `unix://${path(name)}`]));
    this.agents = new Map(
      names.map((name) => [name, new ServedAgent(path(name), statusOf(release, name), release, endpoints)]),
    );
  }

  get via(): string {
    return `unix://${[...this.agents.values()][0].socket}`;
  }

  agent(name: string): ServedAgent {
    return this.agents.get(name)!;
  }

  async start(): Promise<this> {
    await Promise.all([...this.agents.values()].map((agent) => agent.start()));
    return this;
  }

  stop(): void {
    for (const agent of this.agents.values()) agent.stop();
    rmSync(this.folder, { recursive: true });
  }
}

/** A fabric of so many nodes with a full mesh. */
export const meshOf = (number: number, more: Partial<FabricSpec> = {}): Fabric =>
  fabricOf({
    name: 'mesh',
    edition: 2,
    nodes: Object.fromEntries(
      Array.from({ length: number }, (_, i) => [`n${i + 1}`, { ipv4Address: `10.0.${i >> 8}.${(i & 255) + 1}` }]),
    ),
    ...more,
  } as FabricSpec);
