import { ADDRESS_FAMILIES, type AddressFamily, IpAddress } from '../model/address';
import type { AsNumber } from '../model/as-number';
import type { Fabric } from '../model/fabric';
import { sure } from '../model/problem';
import { addressOf, explicitSessionsOf } from '../topology/derive';
import { subnetOf } from './cable-subnet';

/** Addresses of a machine, at most one a family. */
export type Addresses = Readonly<Partial<Record<AddressFamily, IpAddress>>>;

/** A session between an outside machine and a node, seen from the outside machine. */
export interface OutsideSession {
  /** The node at the other end. */
  readonly node: string;
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly localAs: AsNumber;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  readonly remoteAs: AsNumber;
  readonly families: readonly AddressFamily[];
  /** Seconds. */
  readonly holdTime: number;
  /** The machine reflects routes to the node (RFC 4456). */
  readonly reflects: boolean;
  /** It runs over a cable between the two: the node's end is not one of the node's own addresses. */
  readonly isCabled: boolean;
}

/** A machine that is no node of the fabric, at which peers of the fabric point. */
export interface OutsideMachine {
  /** On the switch, at most one a family; those of its cables are in the sessions. */
  readonly addresses: Addresses;
  readonly sessions: readonly OutsideSession[];
  readonly isCabled: boolean;
}

/**
 * The machines behind the peers that are no nodes. Peers say addresses, not machines: an IPv4 and an IPv6 address with one AS
 * number are taken for one dual-stack machine, in the order they stand. The far ends of cables with one AS number are one machine, too, as long as it
 * has one cable to each node.
 */
export function outsideMachines(fabric: Fabric): OutsideMachine[] {
  const sessions = outsideSessions(fabric),
    machines: Draft[] = [];
  for (const session of outsideAddresses(fabric, sessions)) {
    const { localAddress, localAs, isCabled } = session,
      place = placeOf(session);
    const known = machines.find((one) => one.isCabled === isCabled && one.as.equals(localAs) && !one.taken.has(place));
    if (known) {
      known.addresses.push(localAddress);
      known.taken.add(place);
    } else machines.push({ isCabled, as: localAs, addresses: [localAddress], taken: new Set([place]) });
  }
  return machines.map(({ isCabled, addresses }, i) => {
    const own = sessions.filter(({ localAddress }) => addresses.some((address) => address.equals(localAddress))),
      given = isCabled ? {} : Object.fromEntries(addresses.map((address) => [address.family, address]));
    return { addresses: withNextHops(given, own, i + 1), sessions: own, isCabled };
  });
}

/** A machine while its addresses are gathered. */
interface Draft {
  readonly isCabled: boolean;
  readonly as: AsNumber;
  readonly addresses: IpAddress[];
  /** Where it has an address: on the switch, or at the end of a cable to a node, for each family. */
  readonly taken: Set<string>;
}

const placeOf = ({ isCabled, node, localAddress: { family } }: OutsideSession): string =>
  `${isCabled ? node : ''} ${family}`;

/** The first session of each address of a neighbour that is no node, in the order that the fabric names them. */
function outsideAddresses(fabric: Fabric, sessions: readonly OutsideSession[]): OutsideSession[] {
  const named = [
    ...Object.values(fabric.peers).map(({ address }) => address),
    ...Object.values(fabric.racks).flatMap(({ topOfRack }) =>
      topOfRack.flatMap(({ ipv4Address, ipv6Address }) => [ipv4Address, ipv6Address]),
    ),
  ];
  const byAddress = new Map<string, OutsideSession>();
  for (const session of sessions) {
    const address = session.localAddress.toString();
    if (!byAddress.has(address)) byAddress.set(address, session);
  }
  return [...new Set(named.flatMap((address) => (address ? [address.toString()] : [])))].flatMap(
    (address) => byAddress.get(address) ?? [],
  );
}

function outsideSessions(fabric: Fabric): OutsideSession[] {
  const all = Object.entries(fabric.nodes).flatMap(([node, own]) =>
    explicitSessionsOf(fabric, node)
      .filter(({ isInside }) => !isInside)
      .map((session): OutsideSession => {
        const { localAddress, remoteAddress } = session;
        return {
          node,
          localAddress: remoteAddress,
          localPort: session.port,
          localAs: session.remoteAs,
          remoteAddress: localAddress,
          remotePort: fabric.listenPort,
          remoteAs: session.localAs,
          families: session.families,
          holdTime: session.holdTime,
          reflects: session.kind === 'rack' && session.localAs.equals(session.remoteAs),
          isCabled:
            addressOf(own, localAddress.family)?.equals(localAddress) !== true &&
            subnetOf(remoteAddress, localAddress) !== undefined,
        };
      }),
  );
  // An address that several sessions lead to is at the end of no cable.
  const counts = new Map<string, number>();
  for (const { localAddress } of all) counts.set(String(localAddress), (counts.get(String(localAddress)) ?? 0) + 1);
  return all.map((one) => ({ ...one, isCabled: one.isCabled && counts.get(String(one.localAddress)) === 1 }));
}

/** A session may carry a family in which no peer names an address of the machine: its routes need a next hop, so it gets one. */
function withNextHops(given: Addresses, sessions: readonly OutsideSession[], ordinal: number): Addresses {
  const all = { ...given };
  for (const family of ADDRESS_FAMILIES)
    if (!all[family] && sessions.some(({ families }) => families.includes(family)))
      all[family] = sure(
        IpAddress.parse(family === 'ipv4' ? `198.18.0.${ordinal}` : `2001:2::${ordinal.toString(16)}`),
      );
  return all;
}
