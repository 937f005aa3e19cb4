import type { Delivery } from '../control/delivery';
import type { Request, StoredVerb } from '../control/protocol';
import type { Release } from '../control/release';
import { expire, INITIAL_STATE, type Instant, Refusal, type TransactionState } from '../control/transaction';
import { inheritingNothing } from '../model/named';
import type { AgentState, Keeper } from './store';
import { type Circumstances, stepOf } from './verbs';

/**
 * What an agent stores: the state of its transaction, and the releases that it refers to. A verb changes the disk first
 * and memory then, so a failed write changes nothing: neither what runs, nor what a restart would resume.
 */
export class HeldReleases {
  private held: AgentState = { transaction: INITIAL_STATE, endpoints: inheritingNothing({}) };
  private readonly releases = new Map<string, Release>();
  /** The last delivery, which may be staged next. */
  private delivered: Delivery | undefined;
  /** The state in memory could not be written. */
  private isAhead = false;

  constructor(
    private readonly node: string,
    /** Absent if nothing is stored. */
    private readonly keeper?: Keeper,
  ) {}

  get state(): TransactionState {
    return this.held.transaction;
  }

  /** Endpoints of the fabric's agents. */
  get endpoints(): AgentState['endpoints'] {
    return this.held.endpoints;
  }

  /** The known endpoints of the agents of a release's nodes. */
  endpointsOf({ fabric }: Release): AgentState['endpoints'] {
    return only(this.endpoints, (node) => fabric.nodes[node] !== undefined);
  }

  release(digest: string | undefined): Release | undefined {
    return digest === undefined ? undefined : this.releases.get(digest);
  }

  /** All stored releases. */
  kept(): Release[] {
    return [...this.releases.values()];
  }

  /** Reads what was stored. Throws `Failure` if it cannot be read. */
  load(): void {
    if (!this.keeper) return;
    const loaded = this.keeper.load();
    for (const digest of digestsOf(loaded.transaction)) this.releases.set(digest, this.keeper.loadRelease(digest));
    this.hold(loaded);
  }

  /** Uses a release that nobody deployed: nothing is written. */
  begin(release: Release, state: AgentState): void {
    this.releases.set(release.digest, release);
    this.hold(state);
  }

  /** Stores a delivery, to be staged next. */
  take(delivery: Delivery): void {
    this.delivered = { ...delivery, endpoints: inheritingNothing(delivery.endpoints) };
  }

  /** Executes a verb; a refusal changes nothing, nor does a result equal to the current state. */
  carryOut<V extends StoredVerb>(
    verb: V,
    request: Request<V>,
    circumstances: Circumstances,
  ): TransactionState | Refusal {
    const { state } = this;
    const next = stepOf(verb, state, request, { ...circumstances, node: this.node, release: this.named(request) });
    if (next instanceof Refusal || (next === state && !this.isAhead)) return next;
    const delivered = verb === 'stage' ? this.deliveredFor(request as Request<'stage'>) : undefined;
    try {
      if (delivered) this.keeper?.saveRelease(delivered.release, delivered.document);
      const { secrets } = request as Request<'stage'>;
      if (verb === 'stage' && secrets) this.keeper?.saveSecrets((request as Request<'stage'>).activation, secrets);
      this.write({ transaction: next, endpoints: this.endpointsAfter(verb, next, delivered) }, delivered?.release);
    } catch (error) {
      if (!this.isAhead) this.keeper?.tidy(state); // The disk may refer to more than memory does.
      return new Refusal(
        'disk',
        `${verb} was not carried out: the agent of node ${this.node} cannot write its state (${(error as Error).message}). It keeps running unchanged; fix the disk, then deploy again`,
      );
    }
    return next;
  }

  /**
   * Applies a state whether or not it can be written: a rollback, which a restart would repeat. Returns why it could
   * not be written, if so.
   */
  settle(state: TransactionState): string | undefined {
    try {
      this.write({ ...this.held, transaction: state });
      return undefined;
    } catch (error) {
      this.hold({ ...this.held, transaction: state });
      this.isAhead = true;
      return (error as Error).message;
    }
  }

  /** Retries failed writes; returns whether all succeeded. */
  catchUp(): boolean {
    if (this.isAhead) this.settle(this.state);
    return !this.isAhead;
  }

  /** The state at `now`, after the confirm timer. */
  expired(now: Instant): TransactionState {
    return expire(this.state, now);
  }

  loadSecrets(activation: number): Readonly<Record<string, string>> {
    return this.keeper?.loadSecrets(activation) ?? {};
  }

  /**
   * A staged release may have to be rolled back: the endpoints of nodes that it lacks are kept until another release is
   * confirmed.
   */
  private endpointsAfter(verb: StoredVerb, next: TransactionState, delivered?: Delivery): AgentState['endpoints'] {
    if (verb === 'confirm' && next.confirmed) {
      const kept = this.release(next.confirmed.release);
      return kept ? this.endpointsOf(kept) : this.endpoints;
    }
    if (!delivered) return this.endpoints;
    const held = [...digestsOf(next)].flatMap((digest) => this.releases.get(digest) ?? []);
    const more = only(
      this.endpoints,
      (node) => delivered.endpoints[node] === undefined && held.some(({ fabric }) => fabric.nodes[node]),
    );
    return Object.keys(more).length > 0 ? { ...more, ...delivered.endpoints } : delivered.endpoints;
  }

  private write(next: AgentState, release?: Release): void {
    this.keeper?.save(next);
    this.isAhead = false;
    this.hold(next, release);
  }

  private hold(next: AgentState, release?: Release): void {
    if (release) this.releases.set(release.digest, release);
    this.held = { ...next, endpoints: inheritingNothing(next.endpoints) };
    const needed = digestsOf(next.transaction);
    for (const digest of this.releases.keys()) if (!needed.has(digest)) this.releases.delete(digest);
  }

  /** The release that a request names, stored or delivered. */
  private named(request: Request<StoredVerb>): Release | undefined {
    if (!('release' in request)) return undefined;
    return this.delivered?.release.digest === request.release ? this.delivered.release : this.release(request.release);
  }

  private deliveredFor({ release }: Request<'stage'>): Delivery | undefined {
    return this.delivered?.release.digest === release ? this.delivered : undefined;
  }
}

const digestsOf = ({ confirmed, active, staged, retiring }: TransactionState): Set<string> =>
  new Set([confirmed, active, staged, retiring].flatMap((step) => (step ? [step.release] : [])));

/** The endpoints of some nodes; the same object if these are all. */
function only(endpoints: AgentState['endpoints'], isWanted: (node: string) => boolean): AgentState['endpoints'] {
  const entries = Object.entries(endpoints);
  const wanted = entries.filter(([node]) => isWanted(node));
  return wanted.length === entries.length ? endpoints : inheritingNothing(Object.fromEntries(wanted));
}
