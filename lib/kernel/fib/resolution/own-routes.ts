import type { AddressFamily } from '../../../model/address';
import type { NexthopSets } from '../state/nexthop-sets';
import type { RouteTable } from '../state/route-table';
import type { OwnMatch } from './resolution';

/** Longest match in our own routes as wanted, whether or not they are installed yet. */
export class OwnRoutes {
  /** By family, the prefix lengths seen so far. */
  private readonly lengths = { ipv4: new Uint8Array(33), ipv6: new Uint8Array(129) };

  constructor(
    private readonly tables: readonly [RouteTable, RouteTable],
    private readonly nexthopSets: NexthopSets,
  ) {}

  /** Records a prefix length. */
  note(family: 0 | 1, length: number): void {
    this.lengths[family === 0 ? 'ipv4' : 'ipv6'][length] = 1;
  }

  /** The longest match for an address of at most `most` bits. Overwrites the key of the table. */
  longest = (address: Uint8Array, most: number): OwnMatch | undefined => {
    const family: AddressFamily = address.length === 4 ? 'ipv4' : 'ipv6';
    const table = this.tables[family === 'ipv4' ? 0 : 1];
    const lengths = this.lengths[family];
    for (let length = most; length >= 0; length--) {
      if (lengths[length] === 0) continue;
      table.prefixes.loadPrefix(address, length);
      const slot = table.prefixes.find(length);
      const leads = slot < 0 ? undefined : this.leads(table, slot);
      if (leads) return { length, leads };
    }
    return undefined;
  };

  private leads(table: RouteTable, slot: number): OwnMatch['leads'] | undefined {
    const wanted = table.wanted(slot);
    const left = table.leftover(slot);
    if (wanted !== 0) return this.nexthopSets.target(wanted);
    if (left <= 0) return undefined;
    const { type, hops } = this.nexthopSets.infos.get(left);
    return type === 'blackhole' || type === 'unreachable' || type === 'throw' ? type : { hops };
  }
}
