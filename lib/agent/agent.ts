import type { Reachability } from '../bgp/rib/loc-rib/reachability';
import { gathered, yieldTurn } from '../control/concurrency';
import type { Observation, ObservedQuery, RecordedPrediction } from '../control/observed';
import type { Request, Verb } from '../control/protocol';
import { shortDigest } from '../control/release';
import type { AgentEvent } from '../control/status';
import { emptied, isSame, ownerOf, Refusal, rollBack, type Terms, type TransactionState } from '../control/transaction';
import { printable } from '../model/printable';
import type { Service } from '../node/held';
import { deriving, localAsAfter } from '../node/local-as';
import { retiringSessions } from '../node/sessions';
import { upByOf } from '../node/up-by';
import { termsOf } from './activation';
import { ConfirmTimer } from './confirm-timer';
import { Drain } from './drain';
import type { Reports } from './events/reports';
import { type StandaloneRelease, stateOf } from './fabric-file';
import type { Failure } from './failure';
import { HeldReleases } from './held-releases';
import { now } from './host/clock';
import type { Log } from './host/log';
import type { Network } from './network/network';
import { Observer } from './observed/observer';
import { DeliveryOpener } from './opener';
import { RunningNetwork } from './running-network';
import type { Secrets } from './secrets';
import { SessionSecrets } from './session-secrets';
import type { Store } from './store';
import { deployStepOf, describeRequest, describeReturn } from './verbs';

/** Milliseconds before a failed write is retried. */
const UNWRITTEN_MS = 5_000;

/**
 * The agent of one node: it executes the transaction's verbs, stores the state on disk, and has the network run the
 * resulting sessions. Every verb is: new state (pure), written to disk, applied; so a crash between any two is repaired
 * by applying the state on disk again.
 */
export class Agent {
  readonly releases: HeldReleases;
  private readonly sessionSecrets: SessionSecrets;
  private readonly opener = new DeliveryOpener();
  private readonly confirmTimer = new ConfirmTimer(() => this.onDeadline());
  private readonly drain: Drain;
  private readonly running: RunningNetwork;
  /** Observations of activations here. */
  private readonly observer: Observer | undefined;
  /** Retries failed writes. */
  private unwritten: NodeJS.Timeout | undefined;
  private reached: Reachability | undefined;

  constructor(
    private readonly node: string,
    private readonly network: Network,
    private readonly log: Log,
    private readonly reports: Reports,
    secrets: Secrets,
    /** Absent if the agent runs from a fabric file: then nothing is stored, and no verb is executed. */
    private readonly store?: Store,
  ) {
    this.releases = new HeldReleases(node, store);
    this.sessionSecrets = new SessionSecrets(node, secrets, this.releases, (came) => {
      this.tell('agent', `starting with ${came.join(', ')}: ${came.length === 1 ? 'it was' : 'they were'} missing`);
      this.again();
    });
    this.drain = new Drain(network.view, {
      drained: () => {
        this.tell('transaction', 'the node is out of service: it advertises nothing to its neighbours');
        this.again();
      },
      emptied: (isSettled) => this.closePrevious(isSettled),
    });
    this.running = new RunningNetwork(node, network, this.releases, this.sessionSecrets, this.drain);
    if (!store) return;
    this.observer = new Observer(node, network.view, store);
    network.observedBy(this.observer);
  }

  private get state(): TransactionState {
    return this.releases.state;
  }

  get service(): Service {
    return this.drain.service;
  }

  /** Accepts the plan's prediction for the activation that is staged next. */
  predict(prediction: RecordedPrediction): void {
    this.observer?.expect(prediction);
  }

  /** Observations of activations, see {@link Observer.list}; an agent that stores nothing has none. */
  observed(query?: ObservedQuery): readonly Observation[] {
    return this.observer?.list(query) ?? [];
  }

  /** The prefixes that had a path before the release on trial. */
  get reachedBefore(): Reachability | undefined {
    return this.reached;
  }

  async perform<V extends Verb>(verb: V, request: Request<V>): Promise<Refusal | undefined> {
    if (request.node !== this.node)
      return new Refusal(
        'wrong-node',
        `this is the agent of node ${this.node}, not ${request.node}: correct the endpoint`,
      );
    if (this.drain.isDeparting)
      return new Refusal('busy', `the agent of node ${this.node} is being stopped: start it, and deploy again`);
    if (verb === 'reset') return this.reset(request as Request<'reset'>);
    if (!this.store)
      return new Refusal('owner', `this agent runs from a ${ownerOf(this.state)} and does not accept releases`);
    this.returnIfDue();
    const unkeyed = verb === 'activate' ? await this.missingSecret(request as Request<'activate'>) : undefined;
    if (unkeyed) return unkeyed;
    await yieldTurn();
    const before = this.state;
    const next = this.releases.carryOut(verb, request, {
      at: new Date().toISOString(),
      terms: (r) => this.terms(r),
      upBy: () => upByOf(this.network.view.standingsOutside()),
    });
    if (next instanceof Refusal) {
      this.reports.say({ noise: 'request', of: 'refused', message: `${verb} refused: ${next.message}` });
      return next;
    }
    if (next === before) return undefined;
    this.observer?.follow(before, next);
    this.reports.say({
      ...{ kind: 'transaction', message: describeRequest(verb, request) },
      deploy: deployStepOf(verb, request),
    });
    this.reached = !next.deadline ? undefined : verb === 'activate' ? this.network.view.reached() : this.reached;
    const problem = await this.apply();
    if (verb === 'remove' && !next.active) await this.network.withdraw();
    return problem && this.giveUp(problem);
  }

  /** Applies the state to the network and waits for the result; idempotent. */
  private apply(): Promise<Failure | undefined> {
    this.confirmTimer.watch(this.state.deadline);
    this.drain.follow(this.isDrained());
    this.watchPrevious();
    return this.running.apply();
  }

  /**
   * The activated release cannot run here at all (the port is in use, say): roll back at once, rather than by the
   * confirm timer.
   */
  private async giveUp(problem: Failure): Promise<Refusal> {
    this.tell('transaction', `cannot run: ${problem.message}`);
    const { active, deadline } = this.state;
    if (active && deadline) {
      const undone = rollBack(this.state, active, problem.message);
      if (!(undone instanceof Refusal)) this.keep(undone);
      await this.apply();
    }
    return new Refusal('busy', problem.message);
  }

  async deliver(octets: Buffer): Promise<Refusal | undefined> {
    const delivery = await this.opener.open(octets);
    if (!('release' in delivery)) return new Refusal('invalid', delivery.problems.join('; '), delivery.unknownFields);
    await gathered(deriving(delivery.release.fabric, this.node));
    this.releases.take(delivery);
    return undefined;
  }

  private terms({ release, confirmWithin }: Request<'activate'>): Terms {
    return termsOf(this.releases.release(release)?.fabric, confirmWithin, {
      ...{ node: this.node, held: this.running.held(), trial: this.state.trial },
      outside: this.network.view.standingsOutside(),
    });
  }

  private async missingSecret(command: Request<'activate'>): Promise<Refusal | undefined> {
    const { release, activation } = command;
    const fabric = this.releases.release(release)?.fabric;
    if (!fabric || !isSame(this.state.staged, command)) return undefined;
    const held = this.running.held();
    const active = { fabric, activation, localAs: localAsAfter(held.active, fabric, this.node) };
    return this.sessionSecrets.missing(held, active, () => {
      const up = this.network.view.standings().filter(({ state }) => state === 'Established');
      return new Set(up.map(({ key, keyInFabric = key }) => keyInFabric));
    });
  }

  private reset({ neighbour, by }: Request<'reset'>): Refusal | undefined {
    if (this.network.reset(neighbour, by) > 0) return undefined;
    return new Refusal(
      'not-active',
      `node ${this.node} has no session with ${printable(neighbour)}: peerform sessions lists its neighbours`,
    );
  }

  private onDeadline(): void {
    this.returnIfDue();
    this.again('could not roll back to the last confirmed release');
  }

  private returnIfDue(): void {
    const state = this.releases.expired(now());
    if (state === this.state) return;
    this.reports.say({ kind: 'transaction', ...describeReturn(state) });
    this.keep(state);
  }

  /** Whether the node is to be out of service: by an operator's command, or by its entry in the fabric. */
  private isDrained(): boolean {
    return this.state.drained !== null || this.running.held().active?.fabric.nodes[this.node]?.drain === true;
  }

  /** Draining sessions of the previous release are closed in time; if there are none, there is no wait. */
  private watchPrevious(): void {
    if (this.state.retiring?.phase !== 'draining') {
      this.drain.watchPrevious(undefined);
      return;
    }
    const ends = retiringSessions(this.running.held(), this.node).filter(({ config }) => config.gracefulShutdown);
    if (ends.length === 0) this.keep(emptied(this.state));
    else this.drain.watchPrevious(ends.map(({ session }) => session));
  }

  private closePrevious(isSettled: boolean): void {
    if (!isSettled) this.log.warn('previous sessions were closed although not everything has converged');
    this.tell('transaction', 'previous sessions have drained and were closed');
    this.keep(emptied(this.state));
    this.again();
  }

  /**
   * Accepts a state change that no verb caused. It applies even if the disk is full: the state on disk leads to the
   * same again.
   */
  private keep(state: TransactionState): void {
    this.observer?.follow(this.state, state);
    const why = this.releases.settle(state);
    if (!state.deadline) this.reached = undefined;
    if (why === undefined) return;
    this.log.warn(`the state cannot be written: ${why}; retrying`);
    this.writeLater();
  }

  private writeLater(): void {
    clearTimeout(this.unwritten);
    this.unwritten = setTimeout(() => {
      if (!this.releases.catchUp()) this.writeLater();
    }, UNWRITTEN_MS).unref();
  }

  private again(failed = 'could not apply the release'): void {
    this.apply().catch((error: Error) => this.log.error({ err: error }, failed));
  }

  /** Continues what ran before. Throws {@link Failure} if the state on disk cannot be read. */
  async resume(): Promise<void> {
    if (!this.store) return;
    this.releases.load();
    this.observer?.resume();
    const { active } = this.state;
    this.tell('agent', active ? `starting with release ${shortDigest(active.release)}` : 'waiting for a release');
    this.returnIfDue();
    for (const { fabric } of this.releases.kept()) await gathered(deriving(fabric, this.node));
    if (this.state.drained) this.drain.resume();
    await this.start();
  }

  /** Runs from a fabric file. */
  async runFile(file: StandaloneRelease): Promise<void> {
    this.releases.begin(file.release, stateOf(file));
    await this.start();
  }

  private async start(): Promise<void> {
    const problem = await this.apply();
    if (problem) throw problem;
  }

  /** Reads the secrets again, as their files may have changed. */
  reread(): void {
    this.tell('agent', 're-reading its secrets');
    this.again();
  }

  /**
   * Drains traffic from this node before the agent ends permanently, within this many milliseconds. Not stored: the
   * next run is in service.
   */
  depart(within: number): Promise<void> {
    return this.drain.depart(within, {
      apply: () => this.apply(),
      say: (message) => this.tell('agent', message),
    });
  }

  stop(): void {
    this.confirmTimer.stop();
    clearTimeout(this.unwritten);
    this.sessionSecrets.stop();
    this.drain.stop();
    this.observer?.stop();
  }

  private tell(kind: AgentEvent['kind'], message: string): void {
    this.reports.say({ kind, message });
  }
}
