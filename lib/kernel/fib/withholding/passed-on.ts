/*
 * The addresses that our table leaves to others if it is not main. Rules may look it up before main, and then any route
 * of ours that covers a connected prefix would win over it, as longest match does not apply across tables. So a route
 * that passes the look-up on to the next rule (`throw`) is always there, whether or not anything covers it now. Pure.
 */
import { IpAddress } from '../../../model/address';
import { Prefix } from '../../../model/prefix';
import type { Link } from '../../codec/link';
import { TABLE } from '../../codec/route';
import type { ForeignRoute } from './foreign-route';
import type { ProtectedHostOnLink } from './kept';

/** A prefix for which our table passes the look-up on. */
export interface PassedOn {
  readonly prefix: Prefix;
  readonly reason: string;
  /** Set for a single neighbour or gateway: a route whose next hop is that address changes nothing. */
  readonly kept?: ProtectedHostOnLink;
}

export interface PassedOnView {
  /** The table of our routes. */
  readonly table: number;
  readonly families: ReadonlySet<Prefix['family']>;
  readonly subnets: readonly { readonly prefix: Prefix; readonly interface: string }[];
  /** Foreign, without a gateway. */
  readonly onLink: readonly ForeignRoute[];
  /** Those of them to a single host. */
  readonly hostsAt: (address: IpAddress) => readonly ForeignRoute[];
  readonly links: ReadonlyMap<number, Link>;
  readonly neighbours: readonly IpAddress[];
  /** Gateways of foreign routes. */
  readonly gateways: readonly IpAddress[];
  /** Whether a foreign route in our table covers this prefix, and so already decides where it leads. */
  readonly isCovered: (prefix: Prefix) => boolean;
}

/**
 * Always on-link. fe80::/10 needs no route: the kernel skips an IPv6 `throw`, which is on `lo`, if the look-up names
 * another interface, as it does for every link-local address.
 */
const LINK_LOCAL = Prefix.of(IpAddress.parse('169.254.0.0') as IpAddress, 16);

/**
 * Connected prefixes, link-local addresses, and neighbours and gateways outside these to which a foreign route in main
 * leads on-link.
 */
export function passedOn(view: PassedOnView): readonly PassedOn[] {
  const { table, families, subnets, onLink, hostsAt, links, neighbours, gateways, isCovered } = view;
  if (table === TABLE.main) return [];
  const all = new Map<string, PassedOn>();
  const add = (prefix: Prefix, reason: string, kept?: ProtectedHostOnLink) => {
    if (!all.has(String(prefix)) && !isCovered(prefix))
      all.set(String(prefix), { prefix, reason, ...(kept && { kept }) });
  };
  if (families.has('ipv4')) add(LINK_LOCAL, 'its addresses are on links');
  for (const { prefix, interface: link } of subnets) add(prefix, `the link ${link} is connected to it`);
  const keep = (address: IpAddress, what: ProtectedHostOnLink['what']) => {
    const host = Prefix.host(address);
    if (address.isLinkLocal || subnets.some(({ prefix }) => prefix.contains(host))) return;
    const isWay = (route: ForeignRoute) =>
      route.table === TABLE.main && route.prefix.length > 0 && leads(route, host, links);
    const way = onLink.find(isWay) ?? hostsAt(address).find(isWay);
    if (!way) return;
    const link = links.get(way.interface)!.name;
    add(host, `${what} on the link ${link}`, { address, text: String(address), what, link });
  };
  for (const address of neighbours) keep(address, 'neighbour');
  for (const address of gateways) keep(address, 'gateway');
  return [...all.values()];
}

/** Whether a route on a link with carrier leads to a host. */
function leads({ prefix, interface: index }: ForeignRoute, host: Prefix, links: PassedOnView['links']): boolean {
  const link = links.get(index);
  return link?.up === true && link.carrier && prefix.contains(host);
}
