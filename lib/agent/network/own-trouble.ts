import { ADDRESS_FLAG, type InterfaceAddress } from '../../kernel/codec/interface-address';
import type { Link } from '../../kernel/workload/watch';
import type { IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';
import { type CarriedSession, endedByLink } from './link-loss';

/** Missing local prerequisites by the keys of sessions: an address, its usability, or a working link. */
export function ownTroubles(
  sessions: readonly CarriedSession[],
  addresses: readonly InterfaceAddress[],
  links: readonly Link[],
): ReadonlyMap<string, string> {
  const troubles = new Map<string, string>();
  for (const link of links) {
    if (link.up && link.carrier) continue;
    const what = link.up ? 'has no carrier' : 'is down';
    for (const key of endedByLink(link, addresses, sessions)) troubles.set(key, `link ${link.name} ${what}`);
  }
  const names = new Map(links.map(({ index, name }) => [index, name]));
  // Thousands of sessions share a few local addresses.
  const known = new Map<string, string | undefined>();
  const troubleOf = (local: IpAddress): string | undefined => {
    const own = addresses.filter(({ address }) => address.equals(local));
    return own.length > 0 ? unusable(own, names) : absence(local, addresses, names);
  };
  for (const { key, localAddress } of sessions) {
    const text = String(localAddress);
    const trouble = known.has(text) ? known.get(text) : troubleOf(localAddress);
    known.set(text, trouble);
    if (trouble !== undefined) troubles.set(key, trouble);
  }
  return troubles;
}

/** RFC 4862 section 5.4: an address is usable once duplicate address detection has succeeded. */
function unusable(own: readonly InterfaceAddress[], names: ReadonlyMap<number, string>): string | undefined {
  const [{ address, interface: index }] = own;
  const where = `${address} on ${names.get(index) ?? `interface ${index}`}`;
  if (own.every(({ flags = 0 }) => (flags & ADDRESS_FLAG.dadFailed) !== 0))
    return `another machine on the link has ${where}, too (duplicate address detection failed)`;
  if (own.every(({ flags = 0 }) => (flags & (ADDRESS_FLAG.dadFailed | ADDRESS_FLAG.tentative)) !== 0))
    return `${where} cannot be used yet: duplicate address detection is in progress`;
  return undefined;
}

/** On the loopback interface every address of a subnet is local. */
function absence(
  wanted: InterfaceAddress['address'],
  addresses: readonly InterfaceAddress[],
  names: ReadonlyMap<number, string>,
): string | undefined {
  const isLocal = addresses.some(
    ({ address, length, interface: index }) =>
      names.get(index) === 'lo' && Prefix.of(address, length).contains(Prefix.host(wanted)),
  );
  return isLocal ? undefined : `no interface of this machine has ${wanted}`;
}
