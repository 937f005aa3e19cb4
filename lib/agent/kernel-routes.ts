import type { Speaker } from '../bgp/speaker';
import type { Fib, Target } from '../kernel/fib';
import type { AddressFamily, IpAddress } from '../model/address';
import type { Prefix } from '../model/prefix';

/** Changes that are handed over in one turn of the event loop; the rest waits for the next, so that keepalives get through. */
const TURN = 10_000;

/** Carries best routes from the speaker to the kernel. */
export class KernelRoutes {
  private isScheduled = false;
  private hasReconciled = false;
  private readonly blackholes = new Set<string>();
  // The kernel looks a target up once for each object, so equal next hops must be one object.
  private readonly targets = new WeakMap<readonly IpAddress[], Target>();

  constructor(
    private readonly speaker: Speaker,
    private readonly fib: Fib,
    private readonly writes: boolean,
  ) {}

  /** What of a prefix of this node's own leads nowhere is dropped (`on`), or no longer. */
  blackhole(prefix: Prefix, on: boolean): void {
    if (!this.writes) return;
    const key = keyOf(prefix.family, prefix.address.bytes, prefix.length);
    if (on) {
      this.blackholes.add(key);
      this.fib.set(prefix, 'blackhole');
    } else if (this.blackholes.delete(key)) this.fib.remove(prefix);
  }

  /** Takes what changed. A route of this node's own is in the kernel already, or is dropped there. */
  take(): void {
    this.isScheduled = false;
    const { rib } = this.speaker;
    rib.takeChanges((change) => {
      const { family, length, nextHops, local } = change;
      const load = (into: Int32Array) => change.words(into);
      if (local && this.blackholes.size > 0 && this.isBlackhole(family, load, length))
        return this.fib.setWords(family, load, length, 'blackhole');
      const isGone = nextHops === null || local || !this.writes;
      this.fib.setWords(family, load, length, isGone ? undefined : this.targetOf(nextHops));
    }, TURN);
    if (rib.hasChanges) this.later();
    else if (!this.speaker.restarting && !this.hasReconciled) {
      // All that the neighbours have to say was said: what the kernel still holds of the run before is stale.
      this.hasReconciled = true;
      this.fib.reconciled();
    }
  }

  private isBlackhole(family: AddressFamily, load: (into: Int32Array) => void, length: number): boolean {
    const words = new Int32Array(family === 'ipv4' ? 1 : 4),
      octets = new DataView(new ArrayBuffer(words.length * 4));
    load(words);
    words.forEach((word, i) => {
      octets.setInt32(i * 4, word);
    });
    return this.blackholes.has(keyOf(family, new Uint8Array(octets.buffer), length));
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

const keyOf = (family: AddressFamily, octets: Uint8Array, length: number): string =>
  `${family} ${octets.join('.')}/${length}`;
