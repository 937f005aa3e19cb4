import type { IpAddress } from '../../model/address';

/**
 * A next hop of a route: an address resolved through the kernel's own routes, or one that is only valid on one link.
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

  /** In display form: `10.0.0.2`, `fe80::1%eth0`. */
  toString(): string {
    return this.interface === undefined ? String(this.address) : `${this.address}%${this.interface}`;
  }
}
