import { AgentClient, whyUnobserved } from '../control/client';
import { concurrently } from '../control/concurrency';
import type { Delivery } from '../control/delivery';
import { FleetClient } from '../control/fleet/client';
import type { Health, HealthQuery } from '../control/health';
import { MOST_PREDICTED, type Observation, type RecordedPrediction } from '../control/observed';
import type { Request, Verb } from '../control/protocol';
import type { AgentStatus, AgentSummary, TrialLosses } from '../control/status';
import { parseEndpoint } from '../model/endpoint';
import { inheritingNothing } from '../model/named';
import type { Noted } from '../preview/observed/unseen';
import type { SentRoutes } from '../topology/outside-routes';
import { LastAnswers } from './last-answers';
import { perRun } from './per-run';
import { Stopping } from './stopping';
import { SummaryCache } from './summary-cache';
import { type Failed, failedOf, reasonsOf, type Survey } from './survey';

/**
 * Maximum number of agents contacted concurrently: over sockets each is a connection; through etcd they are paced
 * (`control/fleet/flow.ts`).
 */
const AT_ONCE = { sockets: 64, etcd: 512 };
/** A healthy agent returns its status at once. */
const STATUS_TIMEOUT_MS = 5_000;
/** Checking and storing a release of thousands of nodes takes a moment. */
const VERB_TIMEOUT_MS = 30_000;

/**
 * After Ctrl-C the run must end within seconds, even if agents hang: pending requests are abandoned, and those that
 * undo them get this timeout.
 */
const LATE_TIMEOUT_MS = 2_000;

const summariesOf = perRun(() => new SummaryCache());
const lastAnswersOf = perRun(() => new LastAnswers());

/** The session of the agent at an endpoint, as etcd says; undefined if nothing says it, as over a socket. */
function sessionAt(endpoint: string): string | undefined {
  if (!isEtcd(endpoint)) return undefined;
  const parsed = parseEndpoint(endpoint);
  return 'scheme' in parsed && parsed.scheme === 'etcd' ? FleetClient.to(parsed).session(parsed.node) : undefined;
}

/** Requests through etcd that wait their turn, or for an answer, are withdrawn when a run is stopped. */
const isEtcd = (endpoint: string): boolean => endpoint.startsWith('etcd:');

/** One for each run, however many fleets it has. */
const stoppingOf = perRun((stop) => new Stopping(stop));

/** The agents of a set of nodes, by node name and endpoint. */
export class Fleet {
  private readonly stopping: Stopping | undefined;

  readonly endpoints: Readonly<Record<string, string>>;

  constructor(
    endpoints: Readonly<Record<string, string>>,
    private readonly stop?: AbortSignal,
  ) {
    this.endpoints = inheritingNothing(endpoints);
    this.stopping = stop && stoppingOf(stop);
  }

  get nodes(): string[] {
    return Object.keys(this.endpoints);
  }

  /** The subset of the fleet whose nodes match a predicate. */
  only(has: (node: string) => boolean): Fleet {
    return new Fleet(Object.fromEntries(Object.entries(this.endpoints).filter(([node]) => has(node))), this.stop);
  }

  /**
   * Asks all agents for their summary. One that fails counts as absent: a plan continues without it, an apply does not
   * start.
   */
  survey(): Promise<Survey> {
    return this.askAll((agent) => agent.summary());
  }

  /**
   * Like {@link survey}, without asking agents whose answer to an earlier question of this run still stands: those that
   * etcd says are connected as they were.
   */
  standing(): Promise<Survey> {
    const { last } = this;
    return this.askAll(async (agent) => last?.of(agent.endpoint, sessionAt(agent.endpoint)) ?? agent.summary());
  }

  /**
   * Like {@link survey}, with the outside neighbours, for a refresh. Agents that were asked in this run are not asked
   * again unless something was changed since.
   */
  refresh(): Promise<Survey> {
    const { stop } = this;
    if (!stop) return this.askAll((agent) => agent.summary({ outside: true }));
    const cache = summariesOf(stop);
    const ask = async (agent: AgentClient): Promise<AgentSummary> => {
      const summary = await agent.summary({ outside: true });
      this.last?.heard(agent.endpoint, sessionAt(agent.endpoint), summary);
      return summary;
    };
    return this.askAll((agent) => cache.of(agent.endpoint, () => ask(agent)));
  }

  /** Asks all agents for their full status, including every session. */
  inspect(): Promise<Survey<AgentStatus>> {
    return this.askAll((agent) => agent.status());
  }

  /** Asks all agents what a gate asks of their nodes. `within`: aborts questions that wait. */
  health(query: (node: string) => HealthQuery, within?: AbortSignal): Promise<Survey<Health>> {
    return this.askAll((agent, node) => agent.health(query(node)), within);
  }

  /** Like {@link survey}, once the agents have closed retiring sessions, or after so many milliseconds. */
  drained(withinMs: number): Promise<Survey> {
    return this.askAll((agent) => agent.drained(withinMs));
  }

  private async askAll<Status>(
    question: (agent: AgentClient, node: string) => Promise<Status>,
    within?: AbortSignal,
  ): Promise<Survey<Status>> {
    const answers = new Map<string, Status>();
    const failed = await concurrently(this.nodes, this.atOnce, async (node) => {
      if (within?.aborted) return;
      answers.set(node, await this.ask(node, STATUS_TIMEOUT_MS, (agent) => question(agent, node), within));
    });
    // In order of nodes, not of responses, so that output is deterministic.
    const statuses = this.nodes.flatMap((node) => {
      const status = answers.get(node);
      return status ? [[node, status] as const] : [];
    });
    return { statuses: new Map(statuses), absent: reasonsOf(failed), errors: failed };
  }

  /** What runs on a node, and the endpoints of its fabric's agents. */
  deployed(node: string): Promise<Delivery> {
    return this.ask(node, STATUS_TIMEOUT_MS, (agent) => agent.deployed());
  }

  /** Asks one of these nodes for the endpoints of its fabric's agents. */
  endpointsBy(node: string): Promise<Record<string, string>> {
    return this.ask(node, STATUS_TIMEOUT_MS, (agent) => agent.endpoints());
  }

  /** Routes that these nodes lost to the release on trial. Agents that fail are left out. */
  async losses(nodes: readonly string[]): Promise<Map<string, TrialLosses>> {
    const losses = new Map<string, TrialLosses>();
    await this.each(nodes, async (node) => {
      const lost = await this.ask(node, VERB_TIMEOUT_MS, (agent) => agent.losses());
      if (lost.count > 0) losses.set(node, lost);
    });
    return losses;
  }

  /** What an outside neighbour of a node sends, by its key in the summary. */
  sent(node: string, name: string): Promise<SentRoutes> {
    return this.ask(node, STATUS_TIMEOUT_MS, (agent) => agent.sent(name));
  }

  /** Nodes that have a path to a prefix in use. */
  async holders(prefix: string): Promise<string[]> {
    const holders: string[] = [];
    await this.each(this.nodes, async (node) => {
      if (await this.ask(node, STATUS_TIMEOUT_MS, (agent) => agent.holds(prefix))) holders.push(node);
    });
    return holders.sort();
  }

  /**
   * Sends a packed release with the plan's prediction to nodes, and stages it. Returns those that rejected one of both,
   * and why.
   */
  stage(
    nodes: readonly string[],
    octets: Uint8Array,
    prediction: RecordedPrediction,
    body: (node: string) => Request<'stage'>,
  ): Promise<Map<string, Error>> {
    const sent = prediction.text.length > MOST_PREDICTED ? undefined : prediction;
    return this.change(nodes, (agent, node) => agent.stage(octets, sent, body(node), this.stop));
  }

  /**
   * Finalises, and waits for up to so many milliseconds until retiring sessions are closed. Returns what the agents
   * answered, and those where it failed.
   */
  async finalise(
    nodes: readonly string[],
    body: (node: string) => Request<'finalise'>,
    withinMs: number,
  ): Promise<Pick<Survey, 'statuses'> & { readonly failed: Failed }> {
    const statuses = new Map<string, AgentSummary>();
    const failed = await this.change(nodes, async (agent, node) => {
      const summary = await agent.finalise(body(node), withinMs);
      statuses.set(node, summary);
      return summary;
    });
    return { statuses, failed: failedOf(failed) };
  }

  /** What an activation did on each node; if an agent fails, why. */
  async observed(activation: number): Promise<Omit<Noted, 'activation'>> {
    const observations = new Map<string, readonly Observation[]>();
    const failed = await concurrently(this.nodes, this.atOnce, async (node) => {
      observations.set(node, await this.ask(node, STATUS_TIMEOUT_MS, (agent) => agent.observed({ activation })));
    });
    return { observations, silent: new Map([...failed].map(([node, error]) => [node, whyUnobserved(error)])) };
  }

  /** The plan's prediction for an activation, as sent to one of these nodes. */
  async predicted(node: string, activation: number): Promise<string | undefined> {
    const all = await this.ask(node, STATUS_TIMEOUT_MS, (agent) => agent.observed({ activation, prediction: true }));
    return all.flatMap(({ prediction }) => prediction ?? [])[0];
  }

  /** Sends a verb to nodes. Returns those where it failed, and why. */
  async send<V extends Verb>(verb: V, nodes: readonly string[], body: (node: string) => Request<V>): Promise<Failed> {
    return failedOf(await this.change(nodes, (agent, node) => agent.send(verb, body(node))));
  }

  /** Asks nodes to change, and remembers what they answer. Returns those where it failed, and why. */
  private change(
    nodes: readonly string[],
    act: (agent: AgentClient, node: string) => Promise<AgentSummary>,
  ): Promise<Map<string, Error>> {
    const { stop, last } = this;
    if (stop) summariesOf(stop).forget();
    return concurrently(nodes, this.atOnce, async (node) => {
      const endpoint = this.endpoints[node];
      last?.forget(endpoint);
      const summary = await this.ask(node, VERB_TIMEOUT_MS, (agent) => act(agent, node));
      last?.heard(endpoint, sessionAt(endpoint), summary);
    });
  }

  /** Visits nodes with bounded concurrency. Returns those where it failed, and why. */
  private async each(
    nodes: readonly string[],
    visit: (node: string) => Promise<unknown>,
  ): Promise<Map<string, string>> {
    return reasonsOf(await concurrently(nodes, this.atOnce, visit));
  }

  /** What the agents answered in this run. */
  private get last(): LastAnswers | undefined {
    return this.stop && lastAnswersOf(this.stop);
  }

  private get atOnce(): number {
    return Object.values(this.endpoints).every(isEtcd) ? AT_ONCE.etcd : AT_ONCE.sockets;
  }

  private ask<T>(
    node: string,
    timeoutMs: number,
    call: (agent: AgentClient) => Promise<T>,
    within?: AbortSignal,
  ): Promise<T> {
    const isLate = this.stop?.aborted === true;
    const endpoint = this.endpoints[node];
    const answer = call(
      isLate
        ? new AgentClient(endpoint, LATE_TIMEOUT_MS, AbortSignal.timeout(LATE_TIMEOUT_MS))
        : new AgentClient(endpoint, timeoutMs, within ?? (isEtcd(endpoint) ? this.stop : undefined)),
    );
    return this.stopping && !isLate ? this.stopping.unlessStopped(answer) : answer;
  }
}
