import { gathered } from '../control/concurrency';
import { Refusal } from '../control/transaction';
import type { Held, HeldFabric } from '../node/held';
import { sessionsWith } from '../node/local-as';
import { eachRunning, runningTemplates } from '../node/sessions';
import { type Signed, signing, signTemplate } from '../node/signing';
import { needNotBeUp } from '../node/trial';
import { AwaitedSecrets } from './awaited-secrets';
import type { HeldReleases } from './held-releases';
import { comesByItself, type Secrets } from './secrets';

/** Provides the sessions that a node runs with the secrets that they refer to, as this node has them. */
export class SessionSecrets {
  private readonly awaited: AwaitedSecrets;

  /** `came`: secrets that were missing are available now. */
  constructor(
    private readonly node: string,
    private readonly secrets: Secrets,
    private readonly releases: Pick<HeldReleases, 'loadSecrets'>,
    came: (references: readonly string[]) => void,
  ) {
    this.awaited = new AwaitedSecrets((reference) => this.secrets.isThere(reference), came);
  }

  /**
   * The sessions of what the node holds, with their secrets. Undefined if `isCurrent` no longer returns true when that
   * is done.
   */
  async sign(held: Held, isCurrent: () => boolean): Promise<Signed | undefined> {
    const names = new Set<string>();
    const missing = new Set<string>();
    const signed = await this.signed(held, names, missing);
    if (!isCurrent()) return undefined;
    this.secrets.keepOnly(names);
    this.awaited.await(missing);
    return signed;
  }

  /**
   * The refusal if a session that is up would go down because its secret is missing: the gate would fail then, so this
   * is checked before anything changes. `active`: what is to run instead of what runs now; `up`: the keys of the
   * sessions that are up.
   */
  async missing(held: Held, active: HeldFabric, up: () => ReadonlySet<string>): Promise<Refusal | undefined> {
    const isSigned = [active, held.retiring].some(
      (one) => one && sessionsWith(one.fabric, this.node, one.localAs).some(({ password }) => password),
    );
    if (!isSigned) return undefined;
    const isUp = up();
    const { sessions } = await this.signed({ ...held, active, staged: undefined }, new Set(), new Set());
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

  /** Stops waiting for missing secrets. */
  stop(): void {
    this.awaited.end();
  }

  /**
   * Adds the names of secrets in use to `names`, and the references of missing ones that may still appear to `missing`.
   */
  private async signed(held: Held, names: Set<string>, missing: Set<string>): Promise<Signed> {
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

  /** Returns the secrets delivered with an activation; each is read only once. */
  private deliveries(): (activation: number | undefined) => Readonly<Record<string, string>> {
    const read = new Map<number, Readonly<Record<string, string>>>();
    return (activation) => {
      if (activation === undefined) return {};
      const known = read.get(activation) ?? this.releases.loadSecrets(activation);
      read.set(activation, known);
      return known;
    };
  }
}
