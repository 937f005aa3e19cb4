import { setTimeout as after } from 'node:timers/promises';
import { reach } from '../control/agents';
import { AgentClient, Refused } from '../control/client';
import type { AgentEvent, AgentStatus } from '../control/status';
import type { Activation } from '../control/transaction';
import type { Fabric } from '../model/fabric';
import { byNumber } from '../report/words';
import { ConcurrencyLimit } from './concurrency-limit';
import type { FleetSnapshot, KnownNode, NodeEvent } from './fleet';

/** Events that are shown, and steps of deploys that are remembered of a node. */
const KEPT = { events: 40, steps: 60 };
/**
 * Seconds that a question for events stays open; with more nodes longer, as each is asked for its status afterwards.
 */
const waitFor = (nodes: number): number => Math.min(60, Math.max(5, nodes / 5));
/** Milliseconds until an agent is asked again that did not respond: at first, and after some time. */
const AGAIN = { firstMs: 500, mostMs: 5000 };
/** Milliseconds between two questions for the status of a node, and how many times as long as its answer takes. */
const PACE = { leastMs: 50, factor: 4 };
/** Statuses that are asked for at once. */
const AT_ONCE = 32;

/** A node and who follows it. */
interface Followed {
  known: KnownNode;
  /** Time of the last event that was heard. */
  until: string;
  /** Nobody asks for it any more; the question that is open is its last. */
  isOver: boolean;
}

/** A release that runs somewhere, and where its agents are. */
interface RunningRelease {
  readonly fabric: Fabric;
  readonly endpoints: Readonly<Record<string, string>>;
  readonly activation: number;
}

/** Follows every agent of a fabric by its events, and says when something else is known. */
export class Feed {
  /** In the order of their numbers. */
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

  /** Begins; rejects where no agent responds at the endpoint. */
  async start(): Promise<void> {
    const agent = new AgentClient(this.via);
    const [{ node }, endpoints] = await Promise.all([agent.summary(), agent.endpoints()]);
    this.first = { ...endpoints, [node]: this.via };
    this.gather();
  }

  /** What is known now. */
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

  /** Follows the nodes of all releases that run, and no other. */
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

  /** As long as the node is followed; whatever goes wrong, its agent is asked again. */
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
        if (followed.known.error === undefined) this.note([told(name, `does not respond: ${message}`)]);
        followed.known = { ...followed.known, error: message };
        this.changed();
        await after(pause);
        pause = Math.min(AGAIN.mostMs, pause * 2);
      }
  }

  /** Until the agent fails. What happens while its status is read arrives with the next request for events. */
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

  /** Takes what an agent says of itself, and the fabric that it runs where no other agent has provided it. */
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

  /** Forgets releases that no agent runs any more; says whether there were any. */
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
