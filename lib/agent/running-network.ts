import { yieldTurn } from '../control/concurrency';
import { type Held, heldOf } from '../node/held';
import type { Signed } from '../node/signing';
import type { Drain } from './drain';
import type { Failure } from './failure';
import type { HeldReleases } from './held-releases';
import type { Network } from './network/network';
import type { SessionSecrets } from './session-secrets';

/** Makes the network match the state; idempotent. */
export class RunningNetwork {
  private applying: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly node: string,
    private readonly network: Network,
    private readonly releases: HeldReleases,
    private readonly secrets: SessionSecrets,
    private readonly drain: Drain,
  ) {}

  /** What the node holds as its state is now. */
  held(): Held {
    const { releases, node } = this;
    return heldOf(releases.state, node, (release) => releases.release(release)?.fabric, this.drain.service);
  }

  /** One at a time, each with the state at that time. Returns what cannot run here at all. */
  apply(): Promise<Failure | undefined> {
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

  /** What to run now, signed. If the state has changed meanwhile, that one's. */
  private async signed(): Promise<Signed & { readonly held: Held }> {
    for (;;) {
      const { state } = this.releases;
      const held = this.held();
      const signed = await this.secrets.sign(held, () => state === this.releases.state);
      if (signed) return { held, ...signed };
    }
  }
}
