import { existsSync, readFileSync } from 'node:fs';
import { type Delivery, openDelivery } from '../control/delivery';
import type { Request, RouteQuery, Verb } from '../control/protocol';
import { makeRelease, type Release, SCHEMA_VERSION, shortDigest } from '../control/release';
import type { AgentApi } from '../control/server';
import type { AgentEvent, AgentStatus, AgentSummary, FibCheck, RouteStatus } from '../control/status';
import {
  activate,
  confirm,
  expire,
  finalise,
  NOTHING,
  Refusal,
  remove,
  rollBack,
  stage,
  type TransactionState,
} from '../control/transaction';
import type { Fabric } from '../model/fabric';
import { readFabric } from '../model/read';
import { routerIdOf } from '../model/router-id';
import { now } from './clock';
import type { EventLog } from './events';
import { Failure } from './failure';
import type { Log } from './log';
import type { Network } from './network';
import { type Held, runningSessions, runningTemplates } from './sessions';
import type { Store } from './store';
import { VERSION } from './version';

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

  constructor(
    private readonly node: string,
    private readonly network: Network,
    private readonly log: Log,
    private readonly happenings: EventLog,
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
    await this.start();
  }

  /** Runs from a fabric file. Throws {@link Failure} `usage` with all problems of the file. */
  async runFile(path: string): Promise<void> {
    const release = makeRelease(fabricOf(path));
    if (!release.fabric.nodes[this.node])
      throw new Failure(
        'usage',
        `${path} has no node ${this.node}; it has ${Object.keys(release.fabric.nodes).join(', ') || 'none'}`,
      );
    const running = { release: release.digest, activation: 1 };
    this.releases.set(release.digest, release);
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
      stage: (r) => this.takeRelease(r) ?? stage(this.state, r),
      activate: (r) => {
        const { boot, at } = now();
        return activate(this.state, r, { boot, at: at + r.confirmWithin * 1000 });
      },
      confirm: (r) => confirm(this.state, r),
      finalise: (r) => finalise(this.state, r),
      rollback: (r) => rollBack(this.state, r, r.reason),
      remove: (r) => remove(this.state, r.owner),
    };
    return (steps[verb] as (request: Request<Verb>) => TransactionState | Refusal)(request);
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

  private keep(state: TransactionState): void {
    this.state = state;
    this.store?.save({ transaction: state, endpoints: this.reachedAt });
    const needed = [state.confirmed, state.active, state.staged, state.retiring].map((step) => step?.release);
    for (const digest of this.releases.keys()) if (!needed.includes(digest)) this.releases.delete(digest);
  }

  /** Makes the network what the state says; doing it again changes nothing. */
  private apply(): Promise<Failure | undefined> {
    clearTimeout(this.deadMan);
    if (this.state.deadline) {
      const { at } = now();
      this.deadMan = setTimeout(
        () => this.onDeadline(),
        Math.min(Math.max(0, this.state.deadline.at - at), 2 ** 31 - 1),
      );
      this.deadMan.unref();
    }
    const held = this.held();
    return this.network.run(
      held.active,
      this.node,
      runningSessions(held, this.node),
      runningTemplates(held, this.node),
    );
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
    const fabric = (step: { release: string } | null): Fabric | undefined =>
      step ? this.releases.get(step.release)?.fabric : undefined;
    return {
      active: fabric(this.state.active),
      staged: fabric(this.state.staged),
      retiring: fabric(this.state.retiring),
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
      { active } = this.held(),
      node = active?.nodes[this.node];
    return {
      schemaVersion: SCHEMA_VERSION,
      version: VERSION,
      node: this.node,
      ...(active &&
        node && {
          fabric: active.name,
          asNumber: (node.asNumber ?? active.asNumber).value,
          routerId: routerIdOf(this.node, node.routerId, node.ipv4Address).toString(),
        }),
      startedAt: this.startedAt,
      transaction: { ...transaction, returnsInMs: deadline && Math.max(0, deadline.at - now().at) },
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

  async checkFib(): Promise<FibCheck> {
    return { node: this.node, ...(await this.network.checkFib()) };
  }

  events(since: number, waitMs: number): Promise<readonly AgentEvent[]> {
    return this.happenings.after(since, waitMs);
  }

  /** The dead man rests while the agent is down; the next run takes him up again. */
  stop(): void {
    clearTimeout(this.deadMan);
  }

  private tell(kind: AgentEvent['kind'], message: string): void {
    this.log.info(message);
    this.happenings.add(kind, message);
  }
}

function describe(verb: Verb, request: Request<Verb>): string {
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
