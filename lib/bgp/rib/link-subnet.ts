import type { IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';

/** A subnet of a link of this node. */
export interface LinkSubnet {
  readonly prefix: Prefix;
  /** Name of the link. */
  readonly interface: string;
}

/** The link of an address, by the smallest matching subnet; undefined: it is behind a router. */
export function linkOf(address: IpAddress, links: readonly LinkSubnet[]): string | undefined {
  const host = Prefix.host(address);
  let best: LinkSubnet | undefined;
  for (const one of links) if (one.prefix.contains(host) && one.prefix.length > (best?.prefix.length ?? -1)) best = one;
  return best?.interface;
}
