import { existsSync, readFileSync } from 'node:fs';
import type { Reached } from '../bgp/rib/reached';
import { type Delivery, openDelivery } from '../control/delivery';
import type { Request, RouteQuery, Verb } from '../control/protocol';
import { makeRelease, type Release, SCHEMA_VERSION, shortDigest } from '../control/release';
import type { AgentApi } from '../control/server';
import type { AgentEvent, AgentStatus, AgentSummary, FibCheck, Losses, RouteStatus } from '../control/status';
import {
  activate,
  confirm,
  drain,
  emptied,
  expire,
  finalise,
  NOTHING,
  Refusal,
  type Running,
  remove,
  rollBack,
  stage,
  type Terms,
  type TransactionState,
  undrain,
} from '../control/transaction';
import type { Fabric } from '../model/fabric';
import { Prefix } from '../model/prefix';
import { Problem } from '../model/problem';
import { readFabric } from '../model/read';
import { routerIdOf } from '../model/router-id';
import { asNumberOf } from '../topology/membership';
import { now } from './clock';
import type { EventLog } from './events';
import { Failure } from './failure';
import { localAsAfter } from './local-as';
import type { Log } from './log';
import type { Network } from './network';
import type { Secrets } from './secrets';
import { type Held, type HeldFabric, runningSessions, runningTemplates, type Service } from './sessions';
import { type Patience, Settling } from './settling';
import { type Signed, sign } from './signing';
import type { Store } from './store';
import { VERSION } from './version';

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
  private readonly releases = new Map<string, Release>();
  private deadMan: NodeJS.Timeout | undefined;
  private state: TransactionState = NOTHING;
  private reachedAt: Readonly<Record<string, string>> = {};
  /** What was delivered last and may be staged next. */
  private delivered: Delivery | undefined;
  private service: Service = 'full';
  /** What was reached before the release on trial. */
  private reachedBefore: Reached | undefined;
  private applying: Promise<unknown> = Promise.resolve();
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
    private readonly happenings: EventLog,
    private readonly secrets: Secrets,
    /** Absent where the agent runs from a fabric file: then nothing is kept, and no verb is carried out. */
    private readonly store?: Store,
  ) {}

  /** Takes up what ran before. Throws {@link Failure} where what is on disk can't be read. */
  async resume(): Promise<void> {
    if (!this.store) return;
    const { transaction, endpoints } = this.store.load();
    this.reachedAt = endpoints;
    for (const step of [transaction.confirmed, transaction.active, transaction.staged, transaction.retiring])
      if (step) this.releases.set(step.release, this.store.loadRelease(step.release));
    this.state = transaction;
    this.tell(
      'agent',
      transaction.active ? `takes up release ${shortDigest(transaction.active.release)}` : 'waits for a release',
    );
    this.returnIfDue();
    if (this.state.drained) this.service = 'none'; // it was gone round before the restart
    await this.start();
  }

  /** Runs from a fabric file. Throws {@link Failure} `usage` with all problems of the file. */
  async runFile(path: string): Promise<void> {
    const fabric = fabricOf(path),
      release = makeRelease(fabric);
    if (!release.fabric.nodes[this.node])
      throw new Failure(
        'usage',
        `${path} has no node ${this.node}; it has ${Object.keys(release.fabric.nodes).join(', ') || 'none'}`,
      );
    const running = { release: release.digest, activation: 1 };
    this.releases.set(release.digest, release);
    this.reachedAt = Object.fromEntries(
      Object.entries(fabric.nodes).flatMap(([name, { endpoint }]) =>
        endpoint === undefined ? [] : [[name, endpoint]],
      ),
    );
    this.state = { ...NOTHING, owner: `file ${path}`, activation: 1, confirmed: running, active: running };
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
    if (!this.store) return new Refusal('owner', `this agent runs from a ${this.state.owner} and takes no releases`);
    this.returnIfDue();
    const next = this.step(verb, request);
    if (next instanceof Refusal) {
      this.tell('transaction', `${verb} refused: ${next.message}`);
      return next;
    }
    if (next === this.state) return undefined;
    this.tell('transaction', describe(verb, request));
    if (verb === 'activate') this.reachedBefore = this.network.reached();
    this.keep(next);
    const problem = await this.apply();
    if (verb === 'remove') await this.network.withdraw();
    return problem && this.giveUp(problem);
  }

  /** What was activated can't run here at all (the port is taken, say): back at once, rather than by the dead man. */
  private async giveUp(problem: Failure): Promise<Refusal> {
    this.tell('transaction', `cannot run: ${problem.message}`);
    if (this.state.active && this.state.deadline) {
      const undone = rollBack(this.state, { owner: this.state.owner ?? '', ...this.state.active }, problem.message);
      if (!(undone instanceof Refusal)) this.keep(undone);
      await this.apply();
    }
    return new Refusal('busy', problem.message);
  }

  private step(verb: Verb, request: Request<Verb>): TransactionState | Refusal {
    const steps: { [V in Verb]: (request: Request<V>) => TransactionState | Refusal } = {
      stage: (r) => this.takeRelease(r) ?? this.takeSecrets(r) ?? stage(this.state, r),
      activate: (r) => activate(this.state, r, this.terms(r)),
      confirm: (r) => confirm(this.state, r),
      finalise: (r) => finalise(this.state, r, r.behind),
      drain: ({ by }) => drain(this.state, { by, at: new Date().toISOString() }),
      undrain: () => undrain(this.state),
      rollback: (r) => rollBack(this.state, r, r.reason),
      remove: (r) => remove(this.state, r.owner),
    };
    return (steps[verb] as (request: Request<Verb>) => TransactionState | Refusal)(request);
  }

  private terms({ release, confirmWithin }: Request<'activate'>): Terms {
    const { boot, at } = now(),
      { active } = this.held(),
      next = this.releases.get(release)?.fabric;
    return {
      deadline: { boot, at: at + confirmWithin * 1000 },
      ...(next && {
        localAs: localAsAfter(active, next, this.node),
        saysDrain: drainOf(next, this.node) !== undefined,
      }),
    };
  }

  deliver(octets: Buffer): Refusal | undefined {
    const delivery = openDelivery(octets);
    if (!('release' in delivery)) return new Refusal('invalid', delivery.join('; '));
    this.delivered = delivery;
    return undefined;
  }

  /** Puts the delivered release on disk, before the state names it. */
  private takeRelease(request: Request<'stage'>): Refusal | undefined {
    if (this.delivered?.release.digest !== request.release)
      return this.releases.has(request.release)
        ? undefined
        : new Refusal(
            'not-delivered',
            `release ${shortDigest(request.release)} was not delivered here, or the agent was started again since. Deploy again`,
          );
    const { release, endpoints } = this.delivered;
    if (!release.fabric.nodes[this.node]) return new Refusal('wrong-node', `the release has no node ${this.node}`);
    const refused = stage(this.state, request);
    if (refused instanceof Refusal) return refused;
    this.store?.saveRelease(release);
    this.releases.set(release.digest, release);
    this.reachedAt = endpoints;
    return undefined;
  }

  /** Puts what the deploy says of secrets on disk, before the state names the activation. */
  private takeSecrets(request: Request<'stage'>): Refusal | undefined {
    const refused = stage(this.state, request);
    if (refused instanceof Refusal) return refused;
    if (request.secrets) this.store?.saveSecrets(request.activation, request.secrets);
    return undefined;
  }

  /** What was delivered with an activation, read once while the state is as it is. */
  private deliveries(): (activation: number | undefined) => Readonly<Record<string, string>> {
    const read = new Map<number, Readonly<Record<string, string>>>();
    return (activation) => {
      if (activation === undefined || !this.store) return {};
      const known = read.get(activation) ?? this.store.loadSecrets(activation);
      read.set(activation, known);
      return known;
    };
  }

  /** What to run, with the secrets that it names, as this node has them now. */
  private signed(held: Held): Signed {
    const delivered = this.deliveries(),
      names = new Set<string>();
    const signed = sign(
      runningSessions(held, this.node),
      runningTemplates(held, this.node),
      (reference, activation) => {
        const found = this.secrets.find(reference, delivered(activation ?? held.active?.activation));
        if ('name' in found) names.add(found.name);
        return found;
      },
    );
    this.secrets.keepOnly(names);
    return signed;
  }

  /** Reads the secrets again, as their files may have changed. */
  reread(): void {
    this.tell('agent', 'reads its secrets again');
    this.again();
  }

  private keep(state: TransactionState): void {
    this.state = state;
    if (!state.deadline) this.reachedBefore = undefined;
    this.store?.save({ transaction: state, endpoints: this.reachedAt });
    const needed = [state.confirmed, state.active, state.staged, state.retiring].map((step) => step?.release);
    for (const digest of this.releases.keys()) if (!needed.includes(digest)) this.releases.delete(digest);
  }

  /** Makes the network what the state says; doing it again changes nothing. One after another, the last with what is true then. */
  private apply(): Promise<Failure | undefined> {
    this.watchDeadline();
    this.watchService();
    this.watchFormer();
    const applied = this.applying.then(() => {
      const held = this.held(),
        { sessions, templates } = this.signed(held);
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
    const ends = runningSessions(this.held(), this.node).filter(
      ({ config }) => config.retiring && config.gracefulShutdown,
    );
    if (ends.length === 0) this.keep(emptied(this.state));
    else this.emptying.begin(ends.some(({ session }) => !session.isInside) ? OUTSIDE : INSIDE);
  }

  /** The sessions that drained are closed. */
  private close(isSettled: boolean): void {
    if (!isSettled) this.log.warn('former sessions are closed though not everything has settled');
    this.tell('transaction', 'former sessions have drained and are closed');
    this.keep(emptied(this.state));
    this.again();
  }

  /** A node that is to be out of service is gone round first, and tells its neighbours nothing when they had time for it. */
  private watchService(): void {
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
    this.tell('transaction', 'the node is out of service: its neighbours learn nothing from it');
    this.service = 'none';
    this.again();
  }

  private again(): void {
    this.apply().catch((error: Error) => this.log.error({ err: error }, 'could not apply what is to run'));
  }

  private onDeadline(): void {
    this.returnIfDue();
    this.apply().catch((error: Error) =>
      this.log.error({ err: error }, 'could not return to the last confirmed release'),
    );
  }

  private returnIfDue(): void {
    const state = expire(this.state, now());
    if (state === this.state) return;
    const to = state.active ? `release ${shortDigest(state.active.release)}` : 'no release';
    this.tell('transaction', `returns to ${to}: ${state.returned?.reason}`);
    this.keep(state);
  }

  private held(): Held {
    const { active, staged, retiring, confirmed } = this.state;
    const held = (step: Running | null, localAs = step?.localAs): HeldFabric | undefined => {
      const fabric = step && this.releases.get(step.release)?.fabric;
      return fabric ? { fabric, activation: step.activation, ...(localAs && { localAs }) } : undefined;
    };
    const now = held(active),
      next = held(staged),
      former = held(retiring, confirmed?.localAs),
      isElsewhere = [active, retiring].some((step) => step?.activation === confirmed?.activation);
    return {
      active: now,
      staged: next && { ...next, localAs: localAsAfter(now, next.fabric, this.node) },
      retiring: former && retiring ? { ...former, phase: retiring.phase, behind: retiring.behind } : undefined,
      confirmed: isElsewhere ? undefined : held(confirmed),
      service: this.service,
    };
  }

  endpoints(): Readonly<Record<string, string>> {
    return this.reachedAt;
  }

  status(): AgentStatus {
    return { ...this.summary(), sessions: this.network.sessions(), kernel: this.network.kernel() };
  }

  summary(): AgentSummary {
    const { deadline, ...transaction } = this.state,
      active = transaction.active ? this.releases.get(transaction.active.release)?.fabric : undefined,
      node = active?.nodes[this.node];
    return {
      schemaVersion: SCHEMA_VERSION,
      version: VERSION,
      node: this.node,
      ...(active &&
        node && {
          fabric: active.name,
          asNumber: asNumberOf(active, node).value,
          routerId: routerIdOf(this.node, node.routerId, node.ipv4Address).toString(),
        }),
      startedAt: this.startedAt,
      transaction: { ...transaction, returnsInMs: deadline && Math.max(0, deadline.at - now().at) },
      service: this.service,
    };
  }

  routes(query?: RouteQuery): Iterable<RouteStatus | undefined> {
    return this.network.routes(query);
  }

  deployed(): Delivery | undefined {
    const { active } = this.state,
      release = active && this.releases.get(active.release);
    return release ? { release, endpoints: this.reachedAt } : undefined;
  }

  async losses(): Promise<Losses> {
    if (!this.reachedBefore || !this.state.deadline) return { since: false, count: 0, examples: [] };
    // What a node that leaves the fabric had is meant to go.
    const stays = this.held().active?.fabric.nodes ?? {};
    const ending = this.network.sessions().filter(({ isRetiring }) => isRetiring);
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
    return this.happenings.after(since, waitMs);
  }

  /** The dead man rests while the agent is down; the next run takes him up again. */
  stop(): void {
    clearTimeout(this.deadMan);
    this.emptying.end();
    this.leaving.end();
  }

  private tell(kind: AgentEvent['kind'], message: string): void {
    this.log.info(message);
    this.happenings.add(kind, message);
  }
}

/** Whether the node's entry says that it is out of service; undefined where it says nothing. */
const drainOf = (fabric: Fabric, node: string): boolean | undefined => fabric.nodes[node]?.drain;

function describe(verb: Verb, request: Request<Verb>): string {
  if ('by' in request) return `${verb} asked by ${request.by}`;
  if (!('release' in request)) return `${verb} asked by ${request.owner}: leaves the fabric`;
  const more =
    'confirmWithin' in request
      ? `, to be confirmed within ${request.confirmWithin} s`
      : 'reason' in request
        ? `: ${request.reason}`
        : '';
  return `${verb} activation ${request.activation}, release ${shortDigest(request.release)}${more}`;
}

function fabricOf(path: string): Fabric {
  if (!existsSync(path)) throw new Failure('usage', `there is no file ${path}`);
  let spec: unknown;
  try {
    spec = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Failure('usage', `${path} is no JSON: ${(error as Error).message}`);
  }
  const { fabric, problems } = readFabric(spec);
  if (!fabric) throw new Failure('usage', `${path} has ${problems.length} problems: ${problems.join('; ')}`);
  return fabric;
}
