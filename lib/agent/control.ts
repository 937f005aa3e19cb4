import type { Delivery } from '../control/delivery';
import type { Observation, ObservedQuery, RecordedPrediction } from '../control/observed';
import type { OutsideStatus } from '../control/outside';
import type { ExchangeQuery, Request, RouteQuery, Verb } from '../control/protocol';
import type { AgentApi } from '../control/server';
import type {
  AgentEvent,
  AgentStatus,
  AgentSummary,
  FibCheck,
  RouteStatus,
  SessionMatches,
  TrialLosses,
} from '../control/status';
import type { Refusal } from '../control/transaction';
import { Prefix } from '../model/prefix';
import { Problem } from '../model/problem';
import type { SentRoutes, WorkloadRoutes } from '../topology/outside-routes';
import type { Agent } from './agent';
import type { Reports } from './events/reports';
import type { Network } from './network/network';
import { summaryOf } from './status';

/** The operations on the agent's sockets: the agent executes verbs, the rest is read-only. */
export class Control implements AgentApi {
  private readonly startedAt = new Date().toISOString();

  constructor(
    private readonly node: string,
    private readonly agent: Agent,
    private readonly network: Network,
    private readonly reports: Reports,
  ) {}

  perform<V extends Verb>(verb: V, request: Request<V>): Promise<Refusal | undefined> {
    return this.agent.perform(verb, request);
  }

  deliver(octets: Buffer): Promise<Refusal | undefined> {
    return this.agent.deliver(octets);
  }

  endpoints(): Readonly<Record<string, string>> {
    return this.agent.releases.endpoints;
  }

  status(): AgentStatus {
    const { trial } = this.agent.releases.state;
    const bfd = this.network.view.bfdProcess;
    return {
      ...this.summary(),
      sessions: this.network.view.sessions(),
      kernel: this.network.view.kernel(),
      ...(trial && { trial }),
      leftOut: this.reports.leftOut(),
      routeMemory: this.network.view.routeMemory(),
      ...(bfd && { bfd }),
    };
  }

  summary(): AgentSummary {
    const { releases, service } = this.agent;
    const { startedAt, node } = this;
    return summaryOf(releases.state, { node, startedAt, service, active: this.active()?.fabric });
  }

  outside(): Promise<readonly OutsideStatus[]> {
    return this.network.view.outside();
  }

  workloads(): WorkloadRoutes {
    return this.network.view.workloadRoutes();
  }

  sent(name: string): SentRoutes | undefined {
    return this.network.view.sent(name);
  }

  routes(query?: RouteQuery): Iterable<RouteStatus | undefined> {
    return this.network.view.routes(query);
  }

  exchanged(query: ExchangeQuery): Iterable<RouteStatus | undefined> | undefined {
    return this.network.view.exchanged(query);
  }

  matches(): Promise<readonly SessionMatches[]> {
    return this.network.view.matches();
  }

  deployed(): Delivery | undefined {
    const release = this.active();
    return release && { release, endpoints: this.agent.releases.endpointsOf(release) };
  }

  async losses(): Promise<TrialLosses> {
    const { reachedBefore, releases } = this.agent;
    if (!reachedBefore || !releases.state.deadline) return { since: false, count: 0, examples: [] };
    // What a node that leaves the fabric loses, it is meant to lose.
    const stays = this.active()?.fabric.nodes ?? {};
    const without = this.network.view
      .standings()
      .filter(({ isRetiring, remoteNode }) => isRetiring && remoteNode !== undefined && stays[remoteNode])
      .map(({ key }) => key);
    return { since: true, ...(await this.network.view.losses(reachedBefore, without)) };
  }

  holds(text: string): boolean {
    const prefix = Prefix.parse(text);
    // Routes of a node out of service are of no use to others: its neighbours lose them on purpose.
    return this.agent.service !== 'none' && !(prefix instanceof Problem) && this.network.view.holds(prefix);
  }

  async checkFib(): Promise<FibCheck> {
    return { node: this.node, ...(await this.network.checkFib()) };
  }

  events(since: number, waitMs: number): Promise<readonly AgentEvent[]> {
    return this.reports.after(since, waitMs);
  }

  predict(prediction: RecordedPrediction): void {
    this.agent.predict(prediction);
  }

  observed(query?: ObservedQuery): readonly Observation[] {
    return this.agent.observed(query);
  }

  private active() {
    const { releases } = this.agent;
    return releases.release(releases.state.active?.release);
  }
}
