import { AgentClient } from '../control/client';
import type { Request, Verb } from '../control/protocol';
import { SCHEMA_VERSION } from '../control/release';
import type { AgentStatus, AgentSummary, Losses } from '../control/status';
import { inTurns } from '../control/turns';
import { type Diagnostic, error, warning } from './diagnostic';
import { Heard } from './heard';

/** What came of asking every agent who it is; or, with `AgentStatus`, for all that it can tell. */
export interface Survey<Status extends AgentSummary = AgentSummary> {
  readonly statuses: ReadonlyMap<string, Status>;
  /** Nodes whose agent did not answer, and why. */
  readonly absent: ReadonlyMap<string, string>;
}

/** How many agents are spoken to at a time. */
const AT_ONCE = 64;
/** An agent that is alive tells its status at once. */
const STATUS_TIMEOUT_MS = 5_000;
/** Checking and storing a release of thousands of nodes takes a moment. */
const VERB_TIMEOUT_MS = 30_000;

/** After Ctrl-C the run must end within seconds, also where agents hang: what is under way is waited for no longer, and what undoes it gets this long. */
const LATE_TIMEOUT_MS = 2_000;

/** What agents said in each run, by what stops it. */
const HEARD = new WeakMap<AbortSignal, Heard>();

/** The agents of some nodes, by node name and endpoint. */
export class Fleet {
  private readonly stopped: Promise<never> | undefined;

  constructor(
    readonly endpoints: Readonly<Record<string, string>>,
    private readonly stop?: AbortSignal,
  ) {
    this.stopped =
      stop &&
      new Promise((_, reject) => {
        stop.addEventListener('abort', () => reject(new Error('stopped while it was waited for')), { once: true });
      });
    this.stopped?.catch(() => {}); // Nobody may be waiting.
  }

  get nodes(): string[] {
    return Object.keys(this.endpoints);
  }

  /** The part of the fleet that a test of its nodes lets through. */
  only(has: (node: string) => boolean): Fleet {
    return new Fleet(Object.fromEntries(Object.entries(this.endpoints).filter(([node]) => has(node))), this.stop);
  }

  /** Asks all who they are and what they run. One that cannot tell counts as absent: a plan goes on without, an apply doesn't begin. */
  survey(): Promise<Survey> {
    return this.askAll((agent) => agent.summary());
  }

  /** As {@link survey}, for a refresh: who was asked in this run since anything was changed is not asked again. */
  refresh(): Promise<Survey> {
    const { stop } = this;
    if (!stop) return this.survey();
    if (!HEARD.has(stop)) HEARD.set(stop, new Heard());
    const heard = HEARD.get(stop)!;
    return this.askAll((agent) => heard.of(agent.endpoint, () => agent.summary()));
  }

  /** Asks all for everything, every session of theirs included. */
  inspect(): Promise<Survey<AgentStatus>> {
    return this.askAll((agent) => agent.status());
  }

  private async askAll<Status extends AgentSummary>(
    question: (agent: AgentClient) => Promise<Status>,
  ): Promise<Survey<Status>> {
    const statuses = new Map<string, Status>();
    const absent = await each(this.nodes, async (node) => {
      statuses.set(node, await this.ask(node, STATUS_TIMEOUT_MS, question));
    });
    return { statuses, absent };
  }

  /** Asks one of these nodes where the agents of its fabric are reached. */
  endpointsBy(node: string): Promise<Record<string, string>> {
    return this.ask(node, STATUS_TIMEOUT_MS, (agent) => agent.endpoints());
  }

  /** What the release on trial took from these nodes; one that cannot tell is left out. */
  async losses(nodes: readonly string[]): Promise<Map<string, Losses>> {
    const losses = new Map<string, Losses>();
    await each(nodes, async (node) => {
      const lost = await this.ask(node, VERB_TIMEOUT_MS, (agent) => agent.losses());
      if (lost.count > 0) losses.set(node, lost);
    });
    return losses;
  }

  /** Which nodes have a path to a prefix in use. */
  async holders(prefix: string): Promise<string[]> {
    const holders: string[] = [];
    await each(this.nodes, async (node) => {
      if (await this.ask(node, STATUS_TIMEOUT_MS, (agent) => agent.holds(prefix))) holders.push(node);
    });
    return holders.sort();
  }

  /** Gives some nodes a packed release, to be staged next; gives those that did not take it, and why. */
  deliver(nodes: readonly string[], octets: Uint8Array): Promise<Map<string, string>> {
    return each(nodes, (node) => this.ask(node, VERB_TIMEOUT_MS, (agent) => agent.deliver(octets)));
  }

  /** Sends a verb to some nodes; gives those that did not carry it out, and why. */
  send<V extends Verb>(
    verb: V,
    nodes: readonly string[],
    body: (node: string) => Request<V>,
  ): Promise<Map<string, string>> {
    if (this.stop) HEARD.get(this.stop)?.forget();
    return each(nodes, (node) => this.ask(node, VERB_TIMEOUT_MS, (agent) => agent.send(verb, body(node))));
  }

  private ask<T>(node: string, timeoutMs: number, call: (agent: AgentClient) => Promise<T>): Promise<T> {
    const isLate = this.stop?.aborted === true;
    const endpoint = this.endpoints[node];
    const answer = call(
      isLate
        ? new AgentClient(endpoint, LATE_TIMEOUT_MS, AbortSignal.timeout(LATE_TIMEOUT_MS))
        : new AgentClient(endpoint, timeoutMs),
    );
    return this.stopped && !isLate ? Promise.race([answer, this.stopped]) : answer;
  }
}

/** Visits nodes, some at a time; gives those where it failed, and why. */
async function each(nodes: readonly string[], visit: (node: string) => Promise<unknown>): Promise<Map<string, string>> {
  const failed = await inTurns(nodes, AT_ONCE, visit);
  return new Map([...failed].map(([node, { message }]) => [node, message]));
}

/** Nodes with reasons, one a line. */
export const listing = (reasons: Iterable<readonly [string, string]>): string =>
  [...reasons]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([node, reason]) => `  node ${node}: ${reason}`)
    .join('\n');

const names = (nodes: Iterable<string>): string => [...nodes].sort().join(', ');

/** What a refresh says of agents that do not answer. */
export function absentAtRefresh(absent: ReadonlyMap<string, string>): Diagnostic[] {
  if (absent.size === 0) return [];
  const detail = `What is known of them is as old as the last refresh or deploy.\n${listing(absent)}`;
  return [warning(`Agents do not answer: ${names(absent.keys())}`, detail)];
}

/**
 * What keeps an apply from beginning: agents that do not answer (but those that may be absent), that are another node than
 * the one meant, or that do not understand what would be sent. Nothing was changed.
 */
export function obstacles({ statuses, absent }: Survey, mayBeAbsent: ReadonlySet<string>): Diagnostic[] {
  const missing = [...absent].filter(([node]) => !mayBeAbsent.has(node));
  const strangers = [...statuses].filter(([node, status]) => status.node !== node);
  const others = [...statuses].filter(([, status]) => status.schemaVersion !== SCHEMA_VERSION);
  return [
    ...(missing.length > 0
      ? [
          error(
            `Agents do not answer: ${names(missing.map(([node]) => node))}`,
            `Nothing was changed. Start them, or name them in "unreachable" to go on without them; they catch up at a later deploy.\n${listing(missing)}`,
          ),
        ]
      : []),
    ...strangers.map(([node, status]) =>
      error(
        `The agent at the endpoint of node ${node} is node ${status.node}`,
        'Nothing was changed. Correct the endpoint.',
        ['nodes', node],
      ),
    ),
    ...others.map(([node, status]) =>
      error(
        `The agent of node ${node} (version ${status.version}) understands releases of schema version ${status.schemaVersion}, not ${SCHEMA_VERSION}`,
        'Nothing was changed. Let the agent and the provider be of the same version of Peerform.',
        ['nodes', node],
      ),
    ),
  ];
}
