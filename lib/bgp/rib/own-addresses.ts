/*
 * Next hops that are this node itself (RFC 4271 section 6.3 a): the kernel rejects routes via them. A link-local
 * address only counts on its link (RFC 4007). The subnet-router anycast addresses, with a zero interface identifier
 * (RFC 4291 section 2.6.1), are a node's as well.
 */
import type { IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';
import type { LocalInterface } from './adj-rib-out/own-next-hop';
import type { RibPeer } from './peer';

/** From this prefix length on there is no subnet-router anycast address (RFC 6164). */
const POINT_TO_POINT = 127;

/** The addresses of this node. */
export class OwnAddresses {
  private readonly all = new Set<string>();

  /** `configured`: those used by sessions, on any link. */
  constructor(configured: Iterable<IpAddress> = [], interfaces: readonly LocalInterface[] = []) {
    for (const address of configured) this.all.add(String(address));
    for (const { name, addresses, unusable = [] } of interfaces)
      for (const { address, length } of [...addresses, ...unusable]) {
        this.all.add(keyOf(address, name));
        if (address.family === 'ipv6' && length > 0 && length < POINT_TO_POINT)
          this.all.add(keyOf(Prefix.of(address, length).address, name));
      }
  }

  /** Whether an address, if link-local on this link, is one of them. */
  has(address: IpAddress, link: string | undefined): boolean {
    return this.all.has(keyOf(address, link));
  }
}

const keyOf = (address: IpAddress, link: string | undefined): string =>
  address.isLinkLocal ? `${address}%${link}` : String(address);

/** This node's addresses in a neighbour's configuration. */
export const addressesOf = ({
  localAddress,
  localAddresses,
  nextHops,
}: Pick<RibPeer, 'localAddress' | 'localAddresses' | 'nextHops'>) =>
  [localAddress, ...Object.values<IpAddress | undefined>({ ...localAddresses }), nextHops?.ipv4, nextHops?.ipv6].filter(
    (address) => address !== undefined,
  );
