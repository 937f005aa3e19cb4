/*
 * Which next hops are this node itself (RFC 4271 section 6.3 a): the kernel takes no route by one. A link-local address
 * is so on its link alone (RFC 4007). The addresses that all routers of a subnet have together, its anycast ones with a
 * zero interface identifier (RFC 4291 section 2.6.1), are a node's as well.
 */
import type { IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';
import type { LocalInterface } from './adj-rib-out/own-next-hop';
import type { RibPeer } from './peer';

/** From this prefix length on routers of a subnet have no address together (RFC 6164). */
const POINT_TO_POINT = 127;

/** The addresses of this node. */
export class OwnAddresses {
  private readonly all = new Set<string>();

  /** `configured`: those that sessions name, wherever they stand. */
  constructor(configured: Iterable<IpAddress> = [], interfaces: readonly LocalInterface[] = []) {
    for (const address of configured) this.all.add(String(address));
    for (const { name, addresses, unusable = [] } of interfaces)
      for (const { address, length } of [...addresses, ...unusable]) {
        this.all.add(keyOf(address, name));
        if (address.family === 'ipv6' && length > 0 && length < POINT_TO_POINT)
          this.all.add(keyOf(Prefix.of(address, length).address, name));
      }
  }

  /** Whether an address, on this link where it is link-local, is one of them. */
  has(address: IpAddress, link: string | undefined): boolean {
    return this.all.has(keyOf(address, link));
  }
}

const keyOf = (address: IpAddress, link: string | undefined): string =>
  address.isLinkLocal ? `${address}%${link}` : String(address);

/** This node's addresses, as far as a neighbour's configuration has them. */
export const addressesOf = ({
  localAddress,
  localAddresses,
  nextHops,
}: Pick<RibPeer, 'localAddress' | 'localAddresses' | 'nextHops'>) =>
  [localAddress, ...Object.values<IpAddress | undefined>({ ...localAddresses }), nextHops?.ipv4, nextHops?.ipv6].filter(
    (address) => address !== undefined,
  );
