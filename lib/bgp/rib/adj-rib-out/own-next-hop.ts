import { ADDRESS_BITS, type AddressFamily, type IpAddress } from '../../../model/address';

/** An interface of this node with its usable addresses, preferred ones first. */
export interface LocalInterface {
  readonly name: string;
  readonly addresses: readonly InterfaceSubnet[];
  /** Addresses that exist but are not usable (yet). Default: none. */
  readonly unusable?: readonly InterfaceSubnet[];
}

/** An address of an interface with the length of its subnet in bits. */
interface InterfaceSubnet {
  readonly address: IpAddress;
  readonly length: number;
}

/** The parameters of a session that decide which of this node's addresses its neighbour can use as a next hop. */
export interface NextHopSession {
  readonly localAddress: IpAddress;
  /** The node's own addresses. */
  readonly localAddresses: { readonly ipv4?: IpAddress; readonly ipv6?: IpAddress };
  /** The neighbour may be more than one hop away, so that it resolves next hops. */
  readonly multihop?: boolean;
  /** Over a link without addresses: its link-local ones are next hops of every family (RFC 8950). */
  readonly unnumbered?: boolean;
}

/** The next hop for "next hop self" towards an external neighbour, by family of the routes (RFC 4271 section 5.1.3). */
export interface OwnNextHops {
  readonly ipv4?: IpAddress;
  readonly ipv6?: IpAddress;
  /** Sent in addition to `ipv6` (RFC 2545 section 3). */
  readonly linkLocal?: IpAddress;
  /** An address on another link: better than none, but an IPv6 next hop for IPv4 routes is preferred to it. */
  readonly elsewhere?: IpAddress;
}

/**
 * Routes of the session's own family use the session's address. Those of the other family use an address of the
 * session's link, preferably the node's own one, then a global before a local one. A neighbour that may be hops away
 * gets the node's own address; over a session from the node's own address it also gets the other one if that is in a
 * subnet of another link: both may be its neighbours. If `interfaces` is absent they are unknown, and the node's own
 * address is used.
 */
export function ownNextHops(end: NextHopSession, interfaces?: readonly LocalInterface[]): OwnNextHops {
  const { localAddress, localAddresses, multihop = false, unnumbered = false } = end;
  const { family } = localAddress;
  if (unnumbered) return { ipv6: localAddress };
  const other = otherFamily(family);
  const own = localAddresses[other];
  const same = { [family]: localAddress };
  if (!interfaces) return { ...same, ...(own && { [other]: own }) };
  const link = linkOf(end, interfaces);
  const isFromOwn = localAddresses[family]?.equals(localAddress) === true;
  const isOnLink = own !== undefined && link !== undefined && has(link, own);
  if (own && !isOnLink && multihop && isFromOwn) return { ...same, [other]: own };
  const found = isOnLink ? own : link && bestOf(link, other);
  if (found) {
    const linkLocal = multihop || other === 'ipv4' ? undefined : link!.addresses.find((one) => one.address.isLinkLocal);
    return { ...same, [other]: found, ...(linkLocal && { linkLocal: linkLocal.address }) };
  }
  if (own && multihop) return { ...same, [other]: own };
  const isElsewhere = own && isFromOwn && interfaces.some((one) => has(one, own, ADDRESS_BITS[other] - 1));
  return { ...same, ...(isElsewhere && { elsewhere: own }) };
}

/** Why routes of a family cannot be advertised to an external neighbour with this node as their next hop. */
export function lackOfNextHop(
  end: NextHopSession,
  family: AddressFamily,
  interfaces: readonly LocalInterface[] | undefined,
): string {
  const link = interfaces && linkOf(end, interfaces);
  const where = link ? `${link.name}, which has ${end.localAddress},` : 'this node';
  const extended =
    family === 'ipv4' ? ', and the session does not support IPv6 next hops for IPv4 routes (RFC 8950)' : '';
  if (interfaces && !link) return `no interface has ${end.localAddress}`;
  return `${where} has no ${NAMES[family]} address for it${extended}`;
}

/** Whether both are equal. */
export const sameNextHops = (a: OwnNextHops, b: OwnNextHops): boolean => textOf(a) === textOf(b);

const textOf = ({ ipv4, ipv6, linkLocal, elsewhere }: OwnNextHops): string =>
  [ipv4, ipv6, linkLocal, elsewhere].map(String).join();

const NAMES: Readonly<Record<AddressFamily, string>> = { ipv4: 'IPv4', ipv6: 'IPv6' };

const otherFamily = (family: AddressFamily): AddressFamily => (family === 'ipv4' ? 'ipv6' : 'ipv4');

const linkOf = ({ localAddress }: NextHopSession, interfaces: readonly LocalInterface[]) =>
  interfaces.find((one) => has(one, localAddress));

const has = ({ addresses }: LocalInterface, wanted: IpAddress, longest = 128): boolean =>
  addresses.some(({ address, length }) => length <= longest && address.equals(wanted));

/**
 * Of the addresses of a family that other nodes can reach: a global one before one that is only valid within the site
 * (RFC 4193) or on the link (RFC 3927).
 */
function bestOf({ addresses }: LocalInterface, family: AddressFamily): IpAddress | undefined {
  const usable = addresses.flatMap(({ address }) =>
    address.family === family && address.isHost && !isLoopback(address) ? [address] : [],
  );
  return usable.find((address) => !isLocal(address)) ?? usable[0];
}

const isLoopback = ({ family, bytes }: IpAddress): boolean =>
  family === 'ipv4' ? bytes[0] === 127 : bytes[15] === 1 && bytes.subarray(0, 15).every((octet) => octet === 0);

const isLocal = ({ family, bytes }: IpAddress): boolean =>
  family === 'ipv4' ? bytes[0] === 169 && bytes[1] === 254 : (bytes[0] & 0xfe) === 0xfc;
