import type { InterfaceAddress, Link } from '../kernel/watch';
import type { IpAddress } from '../model/address';
import { Prefix } from '../model/prefix';

/** What of a session tells whether a link or an address carries it. */
export interface CarriedSession {
  readonly key: string;
  readonly localAddress: IpAddress;
  readonly remoteAddress: IpAddress;
}

/** The sessions that end with an address of this node. */
export const endedByAddress = (gone: IpAddress, sessions: readonly CarriedSession[]): string[] =>
  sessions.filter(({ localAddress }) => localAddress.equals(gone)).map(({ key }) => key);

/**
 * The sessions that a link carries no longer: those of neighbours in one of its subnets. A neighbour behind a router may be
 * reached another way, and so may one that another link leads to as well.
 */
export function endedByLink(
  link: Link,
  addresses: readonly InterfaceAddress[],
  sessions: readonly CarriedSession[],
): string[] {
  if (link.up && link.carrier) return [];
  const subnets = addresses.map((one) => ({ link: one.interface, prefix: Prefix.of(one.address, one.length) }));
  return sessions
    .filter(({ remoteAddress }) => {
      const links = subnets.filter(({ prefix }) => prefix.contains(hostOf(remoteAddress))).map((one) => one.link);
      return links.length > 0 && links.every((index) => index === link.index);
    })
    .map(({ key }) => key);
}

const hostOf = (address: IpAddress): Prefix => Prefix.of(address, address.bytes.length * 8);
