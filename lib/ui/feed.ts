import { setTimeout as after } from 'node:timers/promises';
import { reach } from '../control/agents';
import { AgentClient, lackInWords, Refused } from '../control/client';
import type { AgentEvent, AgentStatus } from '../control/status';
import type { Activation } from '../control/transaction';
import type { Fabric } from '../model/fabric';
import { byNumber } from '../preview/words';
import { ConcurrencyLimit } from './concurrency-limit';
import type { FleetSnapshot, KnownNode, NodeEvent } from './fleet';

/** Events shown in total, and deploy steps kept per node. */
const KEPT = { events: 40, steps: 60 };
/** Timeout in seconds of a poll for events. Longer with more nodes, as the status of each is requested afterwards. */
const waitFor = (nodes: number): number => Math.min(60, Math.max(5, nodes / 5));
/** Milliseconds before an unresponsive agent is retried: at first, and at most. */
const AGAIN = { firstMs: 500, mostMs: 5000 };
/** Minimum milliseconds between status requests to a node, and the minimum as a multiple of the response time. */
const PACE = { leastMs: 250, factor: 4 };
/** Maximum number of concurrent status requests. */
const AT_ONCE = 32;

/** A node and its poller. */
interface Followed {
  known: KnownNode;
  /** Time of the last event received. */
  until: string;
  /** No longer followed: the pending request is its last. */
  isOver: boolean;
}

/** A release that runs somewhere, and the endpoints of its agents. */
interface RunningRelease {
  readonly fabric: Fabric;
  readonly endpoints: Readonly<Record<string, string>>;
  readonly activation: number;
}

/** Follows every agent of a fabric by its events and signals when something changes. */
export class Feed {
  /** In display order. */
  private nodes: ReadonlyMap<string, Followed> = new Map();
  private readonly fetching = new Set<string>();
  private readonly releases = new Map<string, RunningRelease>();
  private fabrics: ReadonlyMap<string, Fabric> = new Map();
  private first: Readonly<Record<string, string>> = {};
  private events: readonly NodeEvent[] = [];
  private isOver = false;
  private readonly turns = new ConcurrencyLimit(AT_ONCE);

  constructor(
    private readonly via: string,
    private readonly onChange: () => void,
  ) {}

  /** Starts. Rejects if no agent responds at the endpoint. */
  async start(): Promise<void> {
    const agent = new AgentClient(this.via);
    const [{ node }, endpoints] = await Promise.all([agent.summary(), agent.endpoints()]);
    this.first = { ...endpoints, [node]: this.via };
    this.gather();
  }

  /** Current snapshot. */
  get fleet(): FleetSnapshot {
    return {
      nodes: [...this.nodes.values()].map(({ known }) => known),
      ...{ fabrics: this.fabrics, events: this.events },
    };
  }

  stop(): void {
    this.isOver = true;
    for (const followed of this.nodes.values()) followed.isOver = true;
  }

  /** Follows exactly the nodes of all running releases. */
  private gather(): void {
    const running = [...this.releases.values()].sort((a, b) => a.activation - b.activation);
    const own = Object.fromEntries(Object.entries(this.first).filter(([, endpoint]) => endpoint === this.via));
    const all = Object.assign({}, ...(running.length === 0 ? [this.first] : running.map((one) => one.endpoints)), own);
    const before = this.nodes;
    const fresh = (name: string): Followed => ({ known: { name, steps: [] }, until: '', isOver: false });
    this.nodes = new Map(
      Object.keys(all)
        .sort(byNumber)
        .map((name) => [name, before.get(name) ?? fresh(name)]),
    );
    for (const [name, followed] of before) if (!this.nodes.has(name)) followed.isOver = true;
    for (const [name, followed] of this.nodes) if (!before.has(name)) void this.follow(followed, all[name]);
    this.changed();
  }

  private changed(): void {
    const isPictureComing = this.releases.size === 0 && this.fetching.size > 0;
    if (!this.isOver && !isPictureComing) this.onChange();
  }

  /** Runs for as long as the node is followed; retries after every error. */
  private async follow(followed: Followed, endpoint: string): Promise<void> {
    const { name } = followed.known;
    let pause: number = AGAIN.firstMs;
    while (!followed.isOver)
      try {
        const client = endpoint === this.via ? new AgentClient(endpoint) : await reach(this.via, name, endpoint);
        await this.hear(followed, client, () => {
          pause = AGAIN.firstMs;
        });
      } catch (error) {
        if (followed.isOver) return;
        const { message } = error as Error;
        if (followed.known.error === undefined) this.note([told(name, lackInWords(error as Error))]);
        followed.known = { ...followed.known, error: message };
        this.changed();
        await after(pause);
        pause = Math.min(AGAIN.mostMs, pause * 2);
      }
  }

  /** Runs until the agent fails. Events during the status request are returned by the next poll. */
  private async hear(followed: Followed, client: AgentClient, onStatus: () => void): Promise<void> {
    const past = await client.events(0);
    let events = past.filter(({ time }) => time > followed.until);
    let since = past.at(-1)?.sequence ?? 0;
    while (!followed.isOver) {
      this.heard(followed, events);
      since = events.at(-1)?.sequence ?? since;
      const begun = performance.now();
      const status = await this.turns.within(() => client.status());
      await this.read(followed, client, status);
      onStatus();
      const pace = Math.max(PACE.leastMs, (performance.now() - begun) * PACE.factor);
      events = await client.events(since, waitFor(this.nodes.size));
      await after(Math.max(0, begun + pace - performance.now()));
    }
  }

  private heard(followed: Followed, events: readonly AgentEvent[]): void {
    const { known } = followed;
    const steps = events.filter(({ kind }) => kind === 'transaction');
    followed.until = events.at(-1)?.time ?? followed.until;
    if (steps.length > 0) followed.known = { ...known, steps: [...known.steps, ...steps].slice(-KEPT.steps) };
    this.note(events.slice(-KEPT.events).map((event) => ({ ...event, node: known.name })));
  }

  /** Fetches an agent's status, and the fabric that it runs unless already known. */
  private async read(followed: Followed, client: AgentClient, status: AgentStatus): Promise<void> {
    const { known } = followed;
    const { active } = status.transaction;
    if (known.error !== undefined && known.status) this.note([told(known.name, 'responds again')]);
    const { error: _, ...rest } = followed.known;
    followed.known = { ...rest, status, at: Date.now() };
    if (active && !this.releases.has(active.release) && !this.fetching.has(active.release))
      await this.fetch(client, active);
    const isLess = this.forget();
    if (isLess || [...this.releases.keys()].some((digest) => !this.fabrics.has(digest))) {
      this.fabrics = new Map([...this.releases].map(([digest, { fabric }]) => [digest, fabric]));
      this.gather();
    } else this.changed();
  }

  private async fetch(client: AgentClient, { release: digest, activation }: Activation): Promise<void> {
    this.fetching.add(digest);
    try {
      const { release, endpoints } = await client.deployed();
      this.releases.set(release.digest, { fabric: release.fabric, endpoints, activation });
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // it was rolled back meanwhile
    } finally {
      this.fetching.delete(digest);
    }
  }

  /** Drops releases that no agent runs any more. Returns whether there were any. */
  private forget(): boolean {
    const used = new Set(
      [...this.nodes.values()].flatMap(({ known: { status } }) =>
        [status?.transaction.active, status?.transaction.retiring].flatMap((one) => one?.release ?? []),
      ),
    );
    const gone = [...this.releases.keys()].filter((digest) => !used.has(digest));
    for (const digest of gone) this.releases.delete(digest);
    return gone.length > 0;
  }

  private note(events: readonly NodeEvent[]): void {
    const byTime = (a: NodeEvent, b: NodeEvent) => (a.time > b.time ? -1 : a.time < b.time ? 1 : 0);
    this.events = [...this.events, ...events].sort(byTime).slice(0, KEPT.events);
  }
}

const told = (node: string, message: string): NodeEvent => ({
  ...{ node, message, kind: 'agent', time: new Date().toISOString() },
});
