import type { AddressFamily } from '../../../model/address';
import type { Prefix } from '../../../model/prefix';
import { prefixOf } from '../../wire/nlri';
import type { RouteHop } from '../route-hop';
import { type PrefixTable, ROW, ROW_IPV6, ROW_KEY, ROW_LENGTH, ROW_META } from '../table/prefix-table';

/** The best route of a prefix changed or was removed. */
export class BestRouteChange {
  /** Length of the prefix in bits. */
  readonly length: number;
  readonly family: AddressFamily;
  // The address as signed words, so that a change allocates only itself.
  private readonly packed: readonly [number, number, number, number] | number;

  constructor(
    /** Small number of the prefix; stable as long as the prefix exists. */
    readonly id: number,
    prefixes: PrefixTable,
    /**
     * Where to send its packets: one address, or several of equal cost under multipath. Null if the route was removed.
     * Empty for an own route.
     */
    readonly nextHops: readonly RouteHop[] | null,
    /** Number of the peer whose path is the best; 0 for an own route and if there is none. */
    readonly peer: number,
    /** There was no route before. */
    readonly isNew = false,
  ) {
    const meta = prefixes.rows[id * ROW + ROW_META];
    this.length = meta & ROW_LENGTH;
    this.family = (meta & ROW_IPV6) === 0 ? 'ipv4' : 'ipv6';
    this.packed =
      this.family === 'ipv4'
        ? prefixes.rows[id * ROW + ROW_KEY] | 0
        : [prefixes.word6(id, 0), prefixes.word6(id, 1), prefixes.word6(id, 2), prefixes.word6(id, 3)];
  }

  /** The address as 32-bit words, most significant first: one for IPv4, four for IPv6. For bulk processing. */
  words(into: Int32Array): void {
    if (typeof this.packed === 'number') into[0] = this.packed;
    else into.set(this.packed);
  }

  /** Created when accessed; the change may be stored. */
  get prefix(): Prefix {
    const [a, b, c, d] = typeof this.packed === 'number' ? [this.packed, 0, 0, 0] : this.packed;
    return prefixOf(this.family, a, b, c, d, this.length);
  }

  /** For recordings. */
  toString(): string {
    return `${this.prefix} ${this.nextHops === null ? 'gone' : this.local ? 'local' : `via ${this.nextHops.join(' ')}`}`;
  }

  /** This node originated it. */
  get local(): boolean {
    return this.nextHops !== null && this.peer === 0;
  }
}
