import type { BestRouteChange, RouteHop } from '../../bgp/rib/rib';
import type { Speaker } from '../../bgp/speaker';
import type { Fib, NexthopSet } from '../../kernel/fib/fib';
import { ADDRESS_BITS, type AddressFamily } from '../../model/address';
import type { Prefix } from '../../model/prefix';

/** Carries best routes from the speaker to the kernel, and beside them what this node itself wants to have there. */
export class KernelRoutes {
  private hasReconciled = false;
  /** Where prefixes lead whatever BGP says of them. */
  private readonly pinned = new Map<string, { readonly prefix: Prefix; readonly target: NexthopSet }>();
  // The kernel looks a target up once for each object, so equal next hops must be one object.
  private readonly targets = [
    new WeakMap<readonly RouteHop[], NexthopSet>(),
    new WeakMap<readonly RouteHop[], NexthopSet>(),
  ];

  constructor(
    private readonly speaker: Pick<Speaker, 'keepsForwarding'>,
    private fib: Fib,
    private readonly writes: boolean,
    /** Called with a prefix of this node when paths of other nodes to it come or go. */
    private readonly ownRoute: (prefix: Prefix) => void = () => {},
    /** Receives all changes while it watches which prefixes lose their last path. */
    private readonly losses?: { readonly isWatching: boolean; take(change: BestRouteChange): void },
  ) {}

  /** From now on into this table, which holds nothing of it all yet: all best routes are to be sent again. */
  moveTo(fib: Fib): void {
    this.fib = fib;
    this.hasReconciled = false;
    for (const { prefix, target } of this.pinned.values()) fib.set(prefix, target);
  }

  /**
   * A prefix leads there whatever BGP says of it; `undefined`: where BGP says. Either of this node's own prefixes, or
   * of a host.
   */
  pin(prefix: Prefix, target: NexthopSet | undefined): void {
    if (!this.writes) return;
    const key = keyOf(prefix.family, prefix.address.bytes, prefix.length);
    if (target) {
      this.pinned.set(key, { prefix, target });
      this.fib.set(prefix, target);
    } else if (this.pinned.delete(key)) this.fib.remove(prefix);
  }

  /** Takes what changed; `more`: further changes follow. A route of this node's own is in the kernel already. */
  take(changes: readonly BestRouteChange[], more: boolean): void {
    for (const change of changes) {
      if (change.local) this.ownRoute(change.prefix);
      if (this.losses?.isWatching) this.losses.take(change);
      if (this.writes) this.carry(change);
    }
    if (!more && !this.speaker.keepsForwarding && !this.hasReconciled) {
      // All that the neighbours have to say was said, or the time for it is over: what the kernel still holds of the
      // previous run is stale.
      this.hasReconciled = true;
      const { fib } = this;
      // First what is wanted stands, then what is stale goes.
      void fib.settled().then(() => fib === this.fib && fib.reconciled());
    }
  }

  private carry(change: BestRouteChange): void {
    const { family, length, nextHops, local } = change;
    const load = (into: Int32Array) => change.words(into);
    const mayBePinned = this.pinned.size > 0 && (local || length === ADDRESS_BITS[family]);
    const isGone = nextHops === null || local;
    const target =
      (mayBePinned && this.pinnedTo(family, load, length)) ||
      (isGone ? undefined : this.targetOf(nextHops, change.isOnLink));
    this.fib.setWords(family, load, length, target);
  }

  private pinnedTo(family: AddressFamily, load: (into: Int32Array) => void, length: number): NexthopSet | undefined {
    const words = new Int32Array(ADDRESS_BITS[family] / 32);
    const octets = new DataView(new ArrayBuffer(words.length * 4));
    load(words);
    for (const [i, word] of words.entries()) octets.setInt32(i * 4, word);
    return this.pinned.get(keyOf(family, new Uint8Array(octets.buffer), length))?.target;
  }

  /** `isDirect`: they are to be on a link of this node. */
  private targetOf(nextHops: readonly RouteHop[], isDirect: boolean): NexthopSet {
    const targets = this.targets[Number(isDirect)];
    const known = targets.get(nextHops);
    if (known) return known;
    const target = {
      via: nextHops.map(({ address, interface: link }) => ({
        address,
        ...(link !== undefined && { interface: link }),
        ...(isDirect && { isDirect }),
      })),
    };
    targets.set(nextHops, target);
    return target;
  }
}

const keyOf = (family: AddressFamily, octets: Uint8Array, length: number): string =>
  `${family} ${octets.join('.')}/${length}`;
