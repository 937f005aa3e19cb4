import type { IpAddress } from '../../model/address';

/**
 * Where packets of a route go next: an address that the kernel's own routes lead to, or one that means something on one
 * link alone.
 */
export class RouteHop {
  /** Name of the link of a link-local address. */
  readonly interface?: string;

  constructor(
    readonly address: IpAddress,
    link?: string,
  ) {
    if (link !== undefined) this.interface = link;
  }

  /** As people write it: `10.0.0.2`, `fe80::1%eth0`. */
  toString(): string {
    return this.interface === undefined ? String(this.address) : `${this.address}%${this.interface}`;
  }
}
