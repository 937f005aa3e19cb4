import type { InterfaceAddress, Link } from '../../kernel/workload/watch';
import type { IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';

/** The fields of a session that decide whether it depends on a link or an address. */
export interface CarriedSession {
  readonly key: string;
  readonly localAddress: IpAddress;
  readonly remoteAddress: IpAddress;
  /** The link of a session that can use no other. */
  readonly interface?: string;
}

/** The sessions that end when this node loses an address. */
export const endedByAddress = (gone: IpAddress, sessions: readonly CarriedSession[]): string[] =>
  sessions.filter(({ localAddress }) => localAddress.equals(gone)).map(({ key }) => key);

/**
 * The sessions that a link no longer carries: those of neighbours in one of its subnets. A neighbour behind a router
 * may be reachable otherwise, and so may one on another link as well.
 */
export function endedByLink(
  link: Link,
  addresses: readonly InterfaceAddress[],
  sessions: readonly CarriedSession[],
): string[] {
  if (link.up && link.carrier) return [];
  const bound = sessions.filter((session) => session.interface === link.name).map(({ key }) => key);
  return [
    ...bound,
    ...endedInSubnets(
      link,
      addresses,
      sessions.filter((session) => session.interface === undefined),
    ),
  ];
}

function endedInSubnets(
  link: Link,
  addresses: readonly InterfaceAddress[],
  sessions: readonly CarriedSession[],
): string[] {
  const subnetsOf = (all: readonly InterfaceAddress[]) => all.map((one) => Prefix.of(one.address, one.length));
  const own = subnetsOf(addresses.filter((one) => one.interface === link.index));
  if (own.length === 0) return [];
  const isIn = ({ remoteAddress }: CarriedSession, subnets: readonly Prefix[]) => {
    const host = Prefix.host(remoteAddress);
    return subnets.some((prefix) => prefix.contains(host));
  };
  const carried = sessions.filter((session) => isIn(session, own));
  if (carried.length === 0) return [];
  const others = subnetsOf(addresses.filter((one) => one.interface !== link.index));
  return carried.filter((session) => !isIn(session, others)).map(({ key }) => key);
}
