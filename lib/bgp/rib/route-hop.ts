import type { IpAddress } from '../../model/address';

/**
 * A next hop of a route: an address resolved through the kernel's own routes, or one that is only valid on one link.
 */
export class RouteHop {
  /** Name of the link of a link-local address. */
  readonly interface?: string;
  /** It must be on a link of this node: a default route does not count. */
  readonly isDirect?: true;

  constructor(
    readonly address: IpAddress,
    link?: string,
    isDirect = false,
  ) {
    if (link !== undefined) this.interface = link;
    if (isDirect) this.isDirect = true;
  }

  /** In display form: `10.0.0.2`, `fe80::1%eth0`. */
  toString(): string {
    return this.interface === undefined ? String(this.address) : `${this.address}%${this.interface}`;
  }
}
