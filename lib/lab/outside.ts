import { ADDRESS_FAMILIES, type AddressFamily, IpAddress } from '../model/address';
import type { AsNumber } from '../model/as-number';
import type { Fabric } from '../model/fabric';
import { sure } from '../model/problem';
import { explicitSessionsOf } from '../topology/derive';
import type { Addresses } from './plan';

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
}

/** A machine that is no node of the fabric, at which peers of the fabric point. */
export interface OutsideMachine {
  readonly addresses: Addresses;
  readonly sessions: readonly OutsideSession[];
}

/**
 * The machines behind the peers that are no nodes. Peers say addresses, not machines: an IPv4 and an IPv6 address with one AS
 * number are taken for one dual-stack machine, in the order they stand.
 */
export function outsideMachines(fabric: Fabric): OutsideMachine[] {
  const sessions = outsideSessions(fabric),
    machines: Partial<Record<AddressFamily, IpAddress>>[] = [],
    asNumbers: AsNumber[] = [];
  for (const { address, asNumber } of outsideAddresses(fabric, sessions)) {
    const partner = machines.findIndex((known, i) => !known[address.family] && asNumbers[i].equals(asNumber));
    if (partner >= 0) machines[partner][address.family] = address;
    else {
      machines.push({ [address.family]: address });
      asNumbers.push(asNumber);
    }
  }
  return machines.map((given, i) => {
    const own = sessions.filter(({ localAddress }) => given[localAddress.family]?.equals(localAddress));
    return { addresses: withNextHops(given, own, i + 1), sessions: own };
  });
}

/** The addresses of neighbours that are no nodes, each with its AS number, in the order that the fabric names them. */
function outsideAddresses(fabric: Fabric, sessions: readonly OutsideSession[]) {
  const named = [
    ...Object.values(fabric.peers).map(({ address }) => address),
    ...Object.values(fabric.racks).flatMap(({ topOfRack }) =>
      topOfRack.flatMap(({ ipv4Address, ipv6Address }) => [ipv4Address, ipv6Address]),
    ),
  ];
  return [...new Set(named.flatMap((address) => (address ? [address.toString()] : [])))].flatMap((address) => {
    const session = sessions.find(({ localAddress }) => localAddress.toString() === address);
    return session ? [{ address: session.localAddress, asNumber: session.localAs }] : [];
  });
}

const outsideSessions = (fabric: Fabric): OutsideSession[] =>
  Object.keys(fabric.nodes).flatMap((node) =>
    explicitSessionsOf(fabric, node)
      .filter(({ isInside }) => !isInside)
      .map((session) => ({
        node,
        localAddress: session.remoteAddress,
        localPort: session.port,
        localAs: session.remoteAs,
        remoteAddress: session.localAddress,
        remotePort: fabric.listenPort,
        remoteAs: session.localAs,
        families: session.families,
        holdTime: session.holdTime,
        reflects: session.kind === 'rack' && session.localAs.equals(session.remoteAs),
      })),
  );

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
