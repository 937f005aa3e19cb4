import type { BestRouteChange, RouteHop } from '../../bgp/rib/rib';
import type { Speaker } from '../../bgp/speaker';
import type { Fib, NexthopSet } from '../../kernel/fib/fib';
import { ADDRESS_BITS, type AddressFamily } from '../../model/address';
import type { Prefix } from '../../model/prefix';

/** Passes best routes from the speaker to the kernel, along with this node's own kernel routes. */
export class KernelRoutes {
  private hasReconciled = false;
  /** Prefixes with a fixed target, whatever BGP says. */
  private readonly pinned = new Map<string, { readonly prefix: Prefix; readonly target: NexthopSet }>();
  // The kernel looks up each target object once, so equal next hops must be one object.
  private readonly targets = new WeakMap<readonly RouteHop[], NexthopSet>();

  constructor(
    private readonly speaker: Pick<Speaker, 'keepsForwarding'>,
    private fib: Fib,
    private readonly writes: boolean,
    /** Called with a prefix of this node when paths of other nodes to it are added or removed. */
    private readonly ownRoute: (prefix: Prefix) => void = () => {},
    /** Receives all changes while it tracks prefixes that lose their last path. */
    private readonly losses?: { readonly isWatching: boolean; take(change: BestRouteChange): void },
  ) {}

  /** Switches to this empty table: all best routes are to be sent again. */
  moveTo(fib: Fib): void {
    this.fib = fib;
    this.hasReconciled = false;
    for (const { prefix, target } of this.pinned.values()) fib.set(prefix, target);
  }

  /**
   * Fixes the target of a prefix, whatever BGP says; `undefined`: BGP decides. For this node's own prefixes, or hosts.
   */
  pin(prefix: Prefix, target: NexthopSet | undefined): void {
    if (!this.writes) return;
    const key = keyOf(prefix.family, prefix.address.bytes, prefix.length);
    if (target) {
      this.pinned.set(key, { prefix, target });
      this.fib.set(prefix, target);
    } else if (this.pinned.delete(key)) this.fib.remove(prefix);
  }

  /** Applies changes; `more`: further ones follow. A route of this node's own is in the kernel already. */
  take(changes: readonly BestRouteChange[], more: boolean): void {
    for (const change of changes) {
      if (change.local) this.ownRoute(change.prefix);
      if (this.losses?.isWatching) this.losses.take(change);
      if (this.writes) this.carry(change);
    }
    if (!more && !this.speaker.keepsForwarding && !this.hasReconciled) {
      // The neighbours' initial updates are complete, or timed out: what the kernel still has of the previous run is
      // stale.
      this.hasReconciled = true;
      const { fib } = this;
      // Wanted routes are written before stale ones are removed.
      void fib.settled().then(() => fib === this.fib && fib.reconciled());
    }
  }

  private carry(change: BestRouteChange): void {
    const { family, length, nextHops, local } = change;
    const load = (into: Int32Array) => change.words(into);
    const mayBePinned = this.pinned.size > 0 && (local || length === ADDRESS_BITS[family]);
    const isGone = nextHops === null || local;
    const target =
      (mayBePinned && this.pinnedTo(family, load, length)) || (isGone ? undefined : this.targetOf(nextHops));
    this.fib.setWords(family, load, length, target);
  }

  private pinnedTo(family: AddressFamily, load: (into: Int32Array) => void, length: number): NexthopSet | undefined {
    const words = new Int32Array(ADDRESS_BITS[family] / 32);
    const octets = new DataView(new ArrayBuffer(words.length * 4));
    load(words);
    for (const [i, word] of words.entries()) octets.setInt32(i * 4, word);
    return this.pinned.get(keyOf(family, new Uint8Array(octets.buffer), length))?.target;
  }

  private targetOf(nextHops: readonly RouteHop[]): NexthopSet {
    const known = this.targets.get(nextHops);
    if (known) return known;
    const target = {
      via: nextHops.map(({ address, interface: link, isDirect }) => ({
        address,
        ...(link !== undefined && { interface: link }),
        ...(isDirect && { isDirect }),
      })),
    };
    this.targets.set(nextHops, target);
    return target;
  }
}

const keyOf = (family: AddressFamily, octets: Uint8Array, length: number): string =>
  `${family} ${octets.join('.')}/${length}`;
