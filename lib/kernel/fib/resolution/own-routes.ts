import type { AddressFamily } from '../../../model/address';
import type { Mirror } from '../state/route-table';
import type { Targets } from '../state/targets';
import type { OwnMatch } from './resolution';

/** Routes of our own by longest match, as they shall be: whether they are written already makes no difference. */
export class OwnRoutes {
  /** By family, the lengths that a prefix has had. */
  private readonly lengths = { ipv4: new Uint8Array(33), ipv6: new Uint8Array(129) };

  constructor(
    private readonly mirrors: readonly [Mirror, Mirror],
    private readonly targets: Targets,
  ) {}

  /** There is, or was, a route of this length. */
  note(family: 0 | 1, length: number): void {
    this.lengths[family === 0 ? 'ipv4' : 'ipv6'][length] = 1;
  }

  /** The longest one to an address, of at most so many bits. It loads the key of the mirror's table. */
  longest = (address: Uint8Array, most: number): OwnMatch | undefined => {
    const family: AddressFamily = address.length === 4 ? 'ipv4' : 'ipv6',
      mirror = this.mirrors[family === 'ipv4' ? 0 : 1],
      lengths = this.lengths[family];
    for (let length = most; length >= 0; length--) {
      if (lengths[length] === 0) continue;
      mirror.table.loadPrefix(address, length);
      const slot = mirror.table.find(length),
        leads = slot < 0 ? undefined : this.leads(mirror, slot);
      if (leads) return { length, leads };
    }
    return undefined;
  };

  private leads(mirror: Mirror, slot: number): OwnMatch['leads'] | undefined {
    const wanted = mirror.wanted(slot),
      left = mirror.leftover(slot);
    if (wanted !== 0) return this.targets.target(wanted);
    if (left <= 0) return undefined;
    const { type, hops } = this.targets.info(left);
    return type === 'blackhole' || type === 'unreachable' || type === 'throw' ? type : { hops };
  }
}
