import type { IpAddress } from '../../model/address';
import type { Prefix } from '../../model/prefix';
import type { PrefixHash } from '../../model/prefix-hash';
import type { FibParts } from './parts';
import { type FamilyIndex, familyName } from './state/family';
import type { NexthopSet, Reason } from './state/nexthop-set';
import { Withheld, type WithheldRoute } from './withholding/withheld';
import { prefixOfWords, type Withholding } from './withholding/withholding';

/** The target of a leftover, of which it is not yet known whether, or with which target, it is wanted. */
const NO_TARGET: NexthopSet = { via: [] };

/** The subnets of this node's links with carrier, with the names of those links. */
export type LinkSubnets = Withholding['subnets'];

/** Sets or removes a wanted route as if it were set anew. */
interface Wishes {
  readonly set: (prefix: Prefix, target: NexthopSet) => void;
  readonly remove: (prefix: Prefix) => void;
}

/**
 * Decides which of the wanted routes are written, by {@link Withholding}, and for which prefixes our table, if it is
 * not main, passes look-ups on. Routes are checked again when the node's own network changes.
 */
export class Admission {
  private readonly withheld: Withheld;
  /** Whether our table passes look-ups on, which is unnecessary once no route is wanted. */
  private passes = true;
  /** The subnets last reported, as a string. */
  private toldLinks = '';
  private isOpen = false;

  constructor(
    private readonly parts: FibParts,
    private readonly wishes: Wishes,
    private readonly tellLinks: ((subnets: LinkSubnets) => void) | undefined,
    hashes: PrefixHash,
  ) {
    this.withheld = new Withheld(hashes);
  }

  /** Starts reporting changes of subnets; the caller queries the current ones. */
  open(): void {
    this.isOpen = true;
  }

  get subnets(): LinkSubnets {
    return this.parts.network.withholding.subnets;
  }

  /** The routes that are held back. */
  get heldBack(): readonly WithheldRoute[] {
    return this.withheld.led;
  }

  /** The prefixes for which look-ups are passed on. */
  get passedOn(): Withholding['passedOn'] {
    return this.passes ? this.parts.network.withholding.passedOn : [];
  }

  /** Why a wanted route is held back. */
  reason(prefix: Prefix): Reason | undefined {
    return this.withheld.reason(prefix);
  }

  setNeighbours(addresses: readonly IpAddress[]): void {
    this.parts.network.setNeighbours(addresses);
    this.update();
  }

  /** The target to write at the prefix loaded into the table, given that `wanted` is wanted; undefined: none. */
  admit(family: FamilyIndex, key: Int32Array, length: number, wanted: NexthopSet | undefined): NexthopSet | undefined {
    if (wanted !== undefined && !this.passes) this.passAgain();
    return this.admitted(family, key, length, wanted) ?? this.throwFor(family, key, length);
  }

  /** Withdraws everything that is wanted. */
  clear(): void {
    this.withheld.clear();
    this.parts.network.unwatchAll();
    this.passes = false;
  }

  /** The kernel's other routes may have changed: routes may have to be removed, or can be added. */
  update(): void {
    const start = performance.now();
    const { network, agenda } = this.parts;
    if (!network.settle()) return;
    for (const prefix of network.candidates()) this.reconsider(prefix);
    const told = JSON.stringify(this.subnets);
    if (told !== this.toldLinks && this.isOpen) this.tellLinks?.(this.subnets);
    this.toldLinks = told;
    agenda.took('ownNetwork', performance.now() - start);
  }

  /** With nothing else to write there: whether our table passes the look-up on. */
  private throwFor(family: FamilyIndex, key: Int32Array, length: number): 'throw' | undefined {
    const { withholding } = this.parts.network;
    return this.passes && withholding.isPassedOn(familyName(family), key, length) ? 'throw' : undefined;
  }

  /** A route is wanted again after a {@link clear}. */
  private passAgain(): void {
    this.passes = true;
    this.parts.network.passAgain();
    this.parts.agenda.later('ownNetwork', 0);
  }

  /** The target, unless its route must be held back. */
  private admitted(
    family: FamilyIndex,
    key: Int32Array,
    length: number,
    target: NexthopSet | undefined,
  ): NexthopSet | undefined {
    const { network, log } = this.parts;
    const name = familyName(family);
    if (typeof target === 'string') network.watch(prefixOfWords(key, length));
    const reason = target && network.withholding.reason(name, key, length, target);
    if (target === undefined || reason === undefined) {
      if (typeof this.withheld.remove(name, key, length) === 'string' && typeof target !== 'string')
        network.unwatch(prefixOfWords(key, length));
      return target;
    }
    const isNews = typeof target === 'string' && this.reason(prefixOfWords(key, length)) === undefined;
    this.withheld.add(name, key, length, target, reason);
    if (isNews) log('info', `${prefixOfWords(key, length)} does not need a blackhole route: ${reason}`);
    return undefined;
  }

  private reconsider(prefix: Prefix): void {
    const { reconciler, nexthopSets, network } = this.parts;
    const held = this.withheld.target(prefix);
    if (held !== undefined) {
      this.wishes.set(prefix, held);
      return;
    }
    const family = prefix.family === 'ipv4' ? 0 : 1;
    const table = reconciler.tables[family];
    const { key } = table.prefixes;
    table.prefixes.load(prefix.address.bytes, 0);
    const slot = table.prefixes.find(prefix.length);
    const wanted = slot < 0 ? 0 : table.wanted(slot);
    const isThrow = wanted !== 0 && nexthopSets.target(wanted) === 'throw';
    if (wanted === 0 ? this.throwFor(family, key, prefix.length) !== undefined : isThrow) {
      this.wishes.remove(prefix);
      return;
    }
    if (slot < 0) return;
    if (wanted !== 0) this.wishes.set(prefix, nexthopSets.target(wanted));
    else if (network.withholding.reason(prefix.family, key, prefix.length, NO_TARGET) !== undefined)
      if (table.want(slot, 0)) reconciler.enqueue(family, slot); // a leftover of the previous run
  }
}
