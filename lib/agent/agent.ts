import type { Reachability } from '../bgp/rib/loc-rib/reachability';
import { gathered, yieldTurn } from '../control/concurrency';
import type { Delivery } from '../control/delivery';
import type { OutsideStatus } from '../control/outside';
import { type ExchangeQuery, PROTOCOL, type Request, type RouteQuery, type Verb } from '../control/protocol';
import { SCHEMA_VERSION, shortDigest } from '../control/release';
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
import {
  emptied,
  isSame,
  NOTHING,
  ownerOf,
  Refusal,
  rollBack,
  type Terms,
  type TransactionState,
} from '../control/transaction';
import type { Fabric } from '../model/fabric';
import { Prefix } from '../model/prefix';
import { printable } from '../model/printable';
import { Problem } from '../model/problem';
import { routerIdIn } from '../model/router-id';
import { type Held, heldOf, type Service } from '../node/held';
import { deriving, localAsAfter, sessionsWith } from '../node/local-as';
import { eachRunning, retiringSessions, runningTemplates } from '../node/sessions';
import { type Signed, signing, signTemplate } from '../node/signing';
import { needNotBeUp, trialOf } from '../node/trial';
import { upByOf } from '../node/up-by';
import { asNumberOf } from '../topology/membership';
import type { SentRoutes } from '../topology/outside-routes';
import { AwaitedSecrets } from './awaited-secrets';
import { departure, settled } from './departure';
import type { Reports } from './events/reports';
import type { FabricFile } from './fabric-file';
import type { Failure } from './failure';
import { now } from './host/clock';
import type { Log } from './host/log';
import { VERSION } from './host/version';
import { Ledger } from './ledger';
import type { Network } from './network/network';
import { DeliveryOpener } from './opener';
import { comesByItself, type Secrets } from './secrets';
import { type Patience, Settling } from './settling';
import type { Store } from './store';

/** Until what could not be written is tried again. */
const UNWRITTEN_MS = 5_000;

/** Nodes of the fabric take other routes within a second; routers outside may hold news back for longer. */
const INSIDE: Patience = { least: 2_000, most: 60_000 };
const OUTSIDE: Patience = { least: 10_000, most: 60_000 };

/**
 * The agent of one node: it carries out the transaction's verbs, keeps what they say on disk, and has the network run the
 * sessions that follow. Every verb is: new state (pure), written to disk, applied; so a crash between any two is repaired by
 * applying the state on disk again.
 */
export class Agent implements AgentApi {
  private readonly startedAt = new Date().toISOString();
  private readonly ledger: Ledger;
  private readonly opener = new DeliveryOpener();
  private deadMan: NodeJS.Timeout | undefined;
  /** Writes again what could not be written. */
  private unwritten: NodeJS.Timeout | undefined;
  private service: Service = 'full';
  /** The agent ends for good, see {@link depart}. */
  private isDeparting = false;
  /** What was reached before the release on trial. */
  private reachedBefore: Reachability | undefined;
  private applying: Promise<unknown> = Promise.resolve();
  private readonly awaited = new AwaitedSecrets(
    (reference) => this.secrets.isThere(reference),
    (came) => {
      this.tell('agent', `starting with ${came.join(', ')}: ${came.length === 1 ? 'it was' : 'they were'} missing`);
      this.again();
    },
  );
  private readonly emptying = new Settling(
    () => this.network.isSettled,
    (isSettled) => this.close(isSettled),
  );
  private readonly leaving = new Settling(
    () => this.network.isSettled,
    () => this.leave(),
  );

  constructor(
    private readonly node: string,
    private readonly network: Network,
    private readonly log: Log,
    private readonly reports: Reports,
    private readonly secrets: Secrets,
    /** Absent where the agent runs from a fabric file: then nothing is kept, and no verb is carried out. */
    private readonly store?: Store,
  ) {
    this.ledger = new Ledger(node, store);
  }

  private get state(): TransactionState {
    return this.ledger.state;
  }

  /** Takes up what ran before. Throws {@link Failure} where what is on disk can't be read. */
  async resume(): Promise<void> {
    if (!this.store) return;
    this.ledger.load();
    const { active } = this.state;
    this.tell('agent', active ? `starting with release ${shortDigest(active.release)}` : 'waiting for a release');
    this.returnIfDue();
    for (const { fabric } of this.ledger.kept()) await gathered(deriving(fabric, this.node));
    if (this.state.drained) this.service = 'none'; // it was gone round before the restart
    await this.start();
  }

  /** Runs from a fabric file. */
  async runFile({ path, release }: FabricFile): Promise<void> {
    const { fabric } = release,
      running = { release: release.digest, activation: 1, fabric: fabric.name, owner: `file ${path}` };
    const endpoints = Object.fromEntries(
      Object.entries(fabric.nodes).flatMap(([name, { endpoint }]) =>
        endpoint === undefined ? [] : [[name, endpoint]],
      ),
    );
    this.ledger.begin(release, {
      transaction: { ...NOTHING, activation: 1, confirmed: running, active: running },
      endpoints,
    });
    await this.start();
  }

  private async start(): Promise<void> {
    const problem = await this.apply();
    if (problem) throw problem;
  }

  async perform<V extends Verb>(verb: V, request: Request<V>): Promise<Refusal | undefined> {
    if (request.node !== this.node)
      return new Refusal(
        'wrong-node',
        `this is the agent of node ${this.node}, not ${request.node}: correct the endpoint`,
      );
    if (this.isDeparting)
      return new Refusal('busy', `the agent of node ${this.node} is being stopped: start it, and deploy again`);
    if (verb === 'reset') return this.reset(request as Request<'reset'>);
    if (!this.store)
      return new Refusal('owner', `this agent runs from a ${ownerOf(this.state)} and does not accept releases`);
    this.returnIfDue();
    const unkeyed = verb === 'activate' ? await this.missingSecret(request as Request<'activate'>) : undefined;
    if (unkeyed) return unkeyed;
    await yieldTurn();
    const before = this.state,
      next = this.ledger.carryOut(verb, request, {
        at: new Date().toISOString(),
        terms: (r) => this.terms(r),
        upBy: () => upByOf(this.network.standingsOutside()),
      });
    if (next instanceof Refusal) {
      this.reports.say({ noise: 'request', of: 'refused', message: `${verb} refused: ${next.message}` });
      return next;
    }
    if (next === before) return undefined;
    this.tell('transaction', describe(verb, request));
    this.reachedBefore = !next.deadline ? undefined : verb === 'activate' ? this.network.reached() : this.reachedBefore;
    const problem = await this.apply();
    if (verb === 'remove' && !next.active) await this.network.withdraw();
    return problem && this.giveUp(problem);
  }

  private reset({ neighbour, by }: Request<'reset'>): Refusal | undefined {
    if (this.network.reset(neighbour, by) > 0) return undefined;
    return new Refusal(
      'not-active',
      `node ${this.node} has no session with ${printable(neighbour)}: peerform sessions lists its neighbours`,
    );
  }

  /** What was activated can't run here at all (the port is taken, say): back at once, rather than by the dead man. */
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

  private terms({ release, confirmWithin }: Request<'activate'>): Terms {
    const { boot, at } = now(),
      { active } = this.held(),
      fabric = this.ledger.release(release)?.fabric,
      deadline = { boot, at: at + confirmWithin * 1000 };
    if (!fabric) return { deadline };
    const next = { fabric, localAs: localAsAfter(active, fabric, this.node) },
      departure = { held: active, sessions: this.network.standingsOutside(), trial: this.state.trial };
    return {
      ...{ deadline, localAs: next.localAs },
      trial: trialOf(departure, next, this.node, new Date().toISOString()),
      saysDrain: drainOf(fabric, this.node) !== undefined,
    };
  }

  async deliver(octets: Buffer): Promise<Refusal | undefined> {
    const delivery = await this.opener.open(octets);
    if (!('release' in delivery)) return new Refusal('invalid', delivery.join('; '));
    await gathered(deriving(delivery.release.fabric, this.node));
    this.ledger.take(delivery);
    return undefined;
  }

  /** What was delivered with an activation, read once while the state is as it is. */
  private deliveries(): (activation: number | undefined) => Readonly<Record<string, string>> {
    const read = new Map<number, Readonly<Record<string, string>>>();
    return (activation) => {
      if (activation === undefined) return {};
      const known = read.get(activation) ?? this.ledger.loadSecrets(activation);
      read.set(activation, known);
      return known;
    };
  }

  /** What to run now, with the secrets that it names, as this node has them. Where the state became another one meanwhile, that one's. */
  private async signed(): Promise<Signed & { readonly held: Held }> {
    for (;;) {
      const { state } = this,
        held = this.held(),
        names = new Set<string>(),
        missing = new Set<string>(),
        signed = await this.sign(held, names, missing);
      if (state !== this.state) continue;
      this.secrets.keepOnly(names);
      this.awaited.await(missing);
      return { held, ...signed };
    }
  }

  /** The same; `names` gets those of the secrets, `missing` the references of those that may still come. */
  private async sign(held: Held, names: Set<string>, missing = new Set<string>()): Promise<Signed> {
    const delivered = this.deliveries();
    const find = (reference: string, activation?: number) => {
      const found = this.secrets.find(reference, delivered(activation ?? held.active?.activation));
      if ('name' in found) names.add(found.name);
      else if (comesByItself(reference)) missing.add(reference);
      return found;
    };
    return {
      templates: runningTemplates(held, this.node).map((template) => signTemplate(template, find)),
      sessions: await gathered(signing(eachRunning(held, this.node), find)),
    };
  }

  /** A session that is up would go down for want of its secret, and the gate fail for it: it is known before anything changes. */
  private async missingSecret(command: Request<'activate'>): Promise<Refusal | undefined> {
    const { release, activation } = command,
      fabric = this.ledger.release(release)?.fabric;
    if (!fabric || !isSame(this.state.staged, command)) return undefined;
    const now = this.held(),
      active = { fabric, activation, localAs: localAsAfter(now.active, fabric, this.node) };
    const isSigned = [active, now.retiring].some(
      (one) => one && sessionsWith(one.fabric, this.node, one.localAs).some(({ password }) => password),
    );
    if (!isSigned) return undefined;
    const isUp = new Set(this.network.standings().flatMap(({ key, state }) => (state === 'Established' ? [key] : [])));
    const { sessions } = await this.sign({ ...now, active, staged: undefined }, new Set());
    const lost = sessions.find(
      ({ session, config }) => config.blocked !== undefined && isUp.has(session.key) && !needNotBeUp(session),
    );
    return (
      lost &&
      new Refusal(
        'secret',
        `the session with ${lost.session.remoteAddress} (${lost.session.origin}) is up and would go down: ${lost.config.blocked}`,
      )
    );
  }

  /** Reads the secrets again, as their files may have changed. */
  reread(): void {
    this.tell('agent', 're-reading its secrets');
    this.again();
  }

  /** Takes a state that came about by itself. It holds also where the disk is full: what is on disk leads to the same again. */
  private keep(state: TransactionState): void {
    const why = this.ledger.settle(state);
    if (!state.deadline) this.reachedBefore = undefined;
    if (why === undefined) return;
    this.log.warn(`the state cannot be written: ${why}; retrying`);
    this.writeLater();
  }

  private writeLater(): void {
    clearTimeout(this.unwritten);
    this.unwritten = setTimeout(() => {
      if (!this.ledger.catchUp()) this.writeLater();
    }, UNWRITTEN_MS).unref();
  }

  /** Makes the network what the state says; doing it again changes nothing. One after another, the last with what is true then. */
  private apply(): Promise<Failure | undefined> {
    this.watchDeadline();
    this.watchService();
    this.watchFormer();
    const applied = this.applying.then(yieldTurn).then(async () => {
      const { held, sessions, templates } = await this.signed();
      return this.network.run(
        held.active?.fabric,
        this.node,
        sessions,
        templates,
        held.retiring?.fabric.nodes[this.node] && held.retiring.fabric,
      );
    });
    this.applying = applied.catch(() => undefined);
    return applied;
  }

  private watchDeadline(): void {
    clearTimeout(this.deadMan);
    const { deadline } = this.state;
    if (!deadline) return;
    const left = Math.min(Math.max(0, deadline.at - now().at), 2 ** 31 - 1);
    this.deadMan = setTimeout(() => this.onDeadline(), left).unref();
  }

  /** Former sessions that drain are closed in time; where there are none, nothing is waited for. */
  private watchFormer(): void {
    if (this.state.retiring?.phase !== 'draining') {
      this.emptying.end();
      return;
    }
    const ends = retiringSessions(this.held(), this.node).filter(({ config }) => config.gracefulShutdown);
    if (ends.length === 0) this.keep(emptied(this.state));
    else this.emptying.begin(ends.some(({ session }) => !session.isInside) ? OUTSIDE : INSIDE);
  }

  /** The sessions that drained are closed. */
  private close(isSettled: boolean): void {
    if (!isSettled) this.log.warn('previous sessions were closed although not everything has converged');
    this.tell('transaction', 'previous sessions have drained and were closed');
    this.keep(emptied(this.state));
    this.again();
  }

  /** A node that is to be out of service is gone round first, and tells its neighbours nothing when they had time for it. */
  private watchService(): void {
    if (this.isDeparting) return;
    const { active } = this.held();
    const isDrained = this.state.drained !== null || (active && drainOf(active.fabric, this.node)) === true;
    if (!isDrained) {
      this.leaving.end();
      this.service = 'full';
    } else if (this.service === 'full') {
      this.service = 'leaving';
      this.leaving.begin(OUTSIDE);
    }
  }

  private leave(): void {
    this.tell('transaction', 'the node is out of service: it advertises nothing to its neighbours');
    this.service = 'none';
    this.again();
  }

  /**
   * Takes traffic off this node before the agent ends for good, as {@link departure} has it: resolves when it is gone, after `within` milliseconds at the latest. Nothing
   * of it is kept: the next run is in service.
   */
  async depart(within: number): Promise<void> {
    const up = this.network.standings().filter(({ state }) => state === 'Established');
    if (up.length === 0) return;
    this.isDeparting = true;
    this.leaving.end();
    const { leaving, withdrawn } = departure(
      within,
      up.some(({ isInside }) => !isInside),
    );
    const isTold = () => this.network.isTold;
    if (this.service !== 'none') {
      this.tell('agent', `leaving: asking all neighbours (${up.length}) to route around this node`);
      this.service = 'leaving';
      await this.apply();
      await settled(isTold, leaving);
    }
    this.tell('agent', 'leaving: withdrawing all routes');
    this.service = 'none';
    await this.apply();
    await settled(isTold, withdrawn);
  }

  private again(): void {
    this.apply().catch((error: Error) => this.log.error({ err: error }, 'could not apply the release'));
  }

  private onDeadline(): void {
    this.returnIfDue();
    this.apply().catch((error: Error) =>
      this.log.error({ err: error }, 'could not roll back to the last confirmed release'),
    );
  }

  private returnIfDue(): void {
    const state = this.ledger.expired(now());
    if (state === this.state) return;
    const to = state.active ? `release ${shortDigest(state.active.release)}` : 'no release';
    this.tell('transaction', `rolling back to ${to}: ${state.returned?.reason}`);
    this.keep(state);
  }

  private held(): Held {
    return heldOf(this.state, this.node, (release) => this.ledger.release(release)?.fabric, this.service);
  }

  endpoints(): Readonly<Record<string, string>> {
    return this.ledger.endpoints;
  }

  status(): AgentStatus {
    return {
      ...this.summary(),
      sessions: this.network.sessions(),
      kernel: this.network.kernel(),
      ...(this.state.trial && { trial: this.state.trial }),
      leftOut: this.reports.leftOut(),
      routeMemory: this.network.routeMemory(),
    };
  }

  summary(): AgentSummary {
    const { deadline, trial: _, upBy: __, ...transaction } = this.state,
      active = this.ledger.release(transaction.active?.release)?.fabric,
      node = active?.nodes[this.node];
    return {
      schemaVersion: SCHEMA_VERSION,
      protocol: PROTOCOL,
      version: VERSION,
      node: this.node,
      ...(active &&
        node && {
          fabric: active.name,
          asNumber: asNumberOf(active, node).value,
          routerId: routerIdIn(active, this.node).toString(),
        }),
      startedAt: this.startedAt,
      transaction: {
        ...transaction,
        owner: ownerOf(this.state),
        returnsInMs: deadline && Math.max(0, deadline.at - now().at),
      },
      service: this.service,
    };
  }

  outside(): Promise<readonly OutsideStatus[]> {
    return this.network.outside();
  }

  sent(name: string): SentRoutes | undefined {
    return this.network.sent(name);
  }

  routes(query?: RouteQuery): Iterable<RouteStatus | undefined> {
    return this.network.routes(query);
  }

  exchanged(query: ExchangeQuery): Iterable<RouteStatus | undefined> | undefined {
    return this.network.exchanged(query);
  }

  matches(): Promise<readonly SessionMatches[]> {
    return this.network.matches();
  }

  deployed(): Delivery | undefined {
    const release = this.ledger.release(this.state.active?.release);
    return release && { release, endpoints: this.ledger.endpointsOf(release) };
  }

  async losses(): Promise<TrialLosses> {
    if (!this.reachedBefore || !this.state.deadline) return { since: false, count: 0, examples: [] };
    // What a node that leaves the fabric had is meant to go.
    const stays = this.held().active?.fabric.nodes ?? {};
    const ending = this.network.standings().filter(({ isRetiring }) => isRetiring);
    const without = ending.filter(({ remoteNode }) => remoteNode !== undefined && stays[remoteNode]);
    return {
      since: true,
      ...(await this.network.losses(
        this.reachedBefore,
        without.map(({ key }) => key),
      )),
    };
  }

  holds(text: string): boolean {
    const prefix = Prefix.parse(text);
    return !(prefix instanceof Problem) && this.network.holds(prefix);
  }

  async checkFib(): Promise<FibCheck> {
    return { node: this.node, ...(await this.network.checkFib()) };
  }

  events(since: number, waitMs: number): Promise<readonly AgentEvent[]> {
    return this.reports.after(since, waitMs);
  }

  /** The dead man rests while the agent is down; the next run takes him up again. */
  stop(): void {
    clearTimeout(this.deadMan);
    clearTimeout(this.unwritten);
    this.awaited.end();
    this.emptying.end();
    this.leaving.end();
  }

  private tell(kind: AgentEvent['kind'], message: string): void {
    this.reports.say({ kind, message });
  }
}

/** Whether the node's entry says that it is out of service; undefined where it says nothing. */
const drainOf = (fabric: Fabric, node: string): boolean | undefined => fabric.nodes[node]?.drain;

function describe(verb: Verb, request: Request<Verb>): string {
  if ('by' in request) return `${verb} requested by ${request.by}`;
  if (!('release' in request)) return `${verb} requested by ${request.owner}: leaving the fabric`;
  const more =
    'confirmWithin' in request
      ? `, to be confirmed within ${request.confirmWithin} s`
      : 'reason' in request
        ? `: ${request.reason}`
        : '';
  return `${verb} activation ${request.activation}, release ${shortDigest(request.release)}${more}`;
}
