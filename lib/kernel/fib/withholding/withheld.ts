import { type AddressFamily, IpAddress } from '../../../model/address';
import { Prefix } from '../../../model/prefix';
import type { PrefixHash } from '../../../model/prefix-hash';
import type { NexthopSet, Reason } from '../state/nexthop-set';
import { PrefixMap } from '../state/prefix-map';

/** A wanted route that is not written. */
export interface WithheldRoute {
  readonly prefix: Prefix;
  readonly target: NexthopSet;
  readonly reason: Reason;
}

/** The wanted routes that are not written. A look-up only costs a check of a count if there are none of its length. */
export class Withheld {
  private readonly families: Readonly<Record<AddressFamily, Held>>;

  /** `hash`: with a secret key, as neighbours choose the prefixes. */
  constructor(hash: PrefixHash) {
    this.families = { ipv4: heldOf(32, hash), ipv6: heldOf(128, hash) };
  }

  /** Those with a next hop: a withheld blackhole costs nobody anything. */
  get led(): readonly WithheldRoute[] {
    return this.all().filter(({ target }) => typeof target === 'object');
  }

  /** The address in 32-bit words, as `PrefixMap` keeps it. */
  add(family: AddressFamily, words: Int32Array, length: number, target: NexthopSet, reason: Reason): void {
    const { table, counts, routes } = this.families[family];
    table.key.set(words);
    const slot = table.insert(length);
    if (!routes.has(slot)) counts[length]++;
    const prefix = Prefix.of(IpAddress.fromBytes(table.addressOf(slot)), length);
    routes.set(slot, { prefix, target, reason });
  }

  /** Returns the target if it was held back. */
  remove(family: AddressFamily, words: Int32Array, length: number): NexthopSet | undefined {
    const { table, counts, routes } = this.families[family];
    if (counts[length] === 0) return undefined;
    table.key.set(words);
    const slot = table.find(length);
    if (slot < 0) return undefined;
    const { target } = routes.get(slot)!;
    counts[length]--;
    routes.delete(slot);
    table.remove(slot);
    return target;
  }

  /** Why a route to this prefix is not written. */
  reason(prefix: Prefix): Reason | undefined {
    return this.at(prefix)?.reason;
  }

  /** The target that is wanted at this prefix and not written. */
  target(prefix: Prefix): NexthopSet | undefined {
    return this.at(prefix)?.target;
  }

  private at({ family, address, length }: Prefix): WithheldRoute | undefined {
    const { table, counts, routes } = this.families[family];
    if (counts[length] === 0) return undefined;
    table.load(address.bytes, 0);
    return routes.get(table.find(length));
  }

  clear(): void {
    for (const { prefix } of this.all()) {
      const { table } = this.families[prefix.family];
      table.load(prefix.address.bytes, 0);
      this.remove(prefix.family, table.key, prefix.length);
    }
  }

  all(): WithheldRoute[] {
    return [...this.families.ipv4.routes.values(), ...this.families.ipv6.routes.values()];
  }
}

interface Held {
  readonly table: PrefixMap;
  /** Number by prefix length. */
  readonly counts: Uint32Array;
  /** By slot of the table. */
  readonly routes: Map<number, WithheldRoute>;
}

const heldOf = (bits: number, hash: PrefixHash): Held => ({
  table: new PrefixMap(bits / 8, hash),
  counts: new Uint32Array(bits + 1),
  routes: new Map(),
});
