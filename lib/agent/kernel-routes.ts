import type { Speaker } from '../bgp/speaker';
import type { Fib, Target } from '../kernel/fib';
import type { IpAddress } from '../model/address';

/** Changes that are handed over in one turn of the event loop; the rest waits for the next, so that keepalives get through. */
const TURN = 10_000;

/** Carries best routes from the speaker to the kernel. */
export class KernelRoutes {
  private isScheduled = false;
  private hasReconciled = false;
  // The kernel looks a target up once for each object, so equal next hops must be one object.
  private readonly targets = new WeakMap<readonly IpAddress[], Target>();

  constructor(
    private readonly speaker: Speaker,
    private readonly fib: Fib,
    private readonly writes: boolean,
  ) {}

  /** Takes what changed. A route of this node's own is in the kernel already. */
  take(): void {
    this.isScheduled = false;
    const { rib } = this.speaker;
    rib.takeChanges((change) => {
      const { family, length, nextHops, local } = change;
      const isGone = nextHops === null || local || !this.writes;
      this.fib.setWords(family, (into) => change.words(into), length, isGone ? undefined : this.targetOf(nextHops));
    }, TURN);
    if (rib.hasChanges) this.later();
    else if (!this.speaker.restarting && !this.hasReconciled) {
      // All that the neighbours have to say was said: what the kernel still holds of the run before is stale.
      this.hasReconciled = true;
      this.fib.reconciled();
    }
  }

  private later(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => this.take());
  }

  private targetOf(nextHops: readonly IpAddress[]): Target {
    const known = this.targets.get(nextHops) ?? { via: nextHops.map((address) => ({ address })) };
    this.targets.set(nextHops, known);
    return known;
  }
}
