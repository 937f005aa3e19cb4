import { ADDRESS_FAMILIES, type AddressFamily, IpAddress } from '../model/address';
import type { AsNumber } from '../model/as-number';
import type { Fabric } from '../model/fabric';
import { sure } from '../model/problem';
import { addressOf } from '../topology/derive';
import { originName } from '../topology/origin';
import type { Session, SessionBfd } from '../topology/session';
import { subnetOf } from './cable-subnet';
import type { Addresses, LabMachine, MachineSession } from './lab-plan';
import { labSessionsOf } from './links';

/** A machine that is not a node of the fabric but a neighbour in it. */
export interface OutsideMachine {
  /** Its existing name. */
  readonly known?: string;
  /** Switch addresses, at most one per family; those of its cables are in the sessions. */
  readonly addresses: Addresses;
  readonly sessions: readonly MachineSession[];
  /** It also peers with others of its kind, as top-of-rack switches do over a spine. */
  readonly isOnSpine: boolean;
}

/**
 * The machines behind the peers that are not nodes. Peers name addresses, not machines: an IPv4 and an IPv6 address
 * with the same AS number are assumed to be one dual-stack machine, in order of appearance. The far ends of cables with
 * the same AS number are also one machine, as long as it has only one cable to each node. Assignments from `before` are
 * kept.
 */
export function outsideMachines(fabric: Fabric, before: readonly LabMachine[] = []): OutsideMachine[] {
  const sessions = outsideSessions(fabric);
  const drafts: Draft[] = [];
  const known = knownAddresses(before);
  const knownFirst = outsideAddresses(fabric, sessions)
    .map((session) => ({ session, machine: known.get(String(session.localAddress)) }))
    .sort((a, b) => Number(!a.machine) - Number(!b.machine));
  for (const { session, machine } of knownFirst) {
    const { localAddress, localAs, isCabled } = session;
    const place = placeOf(session);
    const draft = drafts.find((one) =>
      machine ? one.machine === machine : one.isCabled === isCabled && one.as.equals(localAs) && !one.taken.has(place),
    );
    if (draft) {
      draft.addresses.push(localAddress);
      draft.taken.add(place);
    } else drafts.push({ machine, isCabled, as: localAs, addresses: [localAddress], taken: new Set([place]) });
  }
  const used = new Set(before.flatMap(({ addresses }) => Object.values(addresses).map(String)));
  return drafts.map(({ machine, isCabled, addresses }, i) => {
    const own = sessions.filter(({ localAddress }) => addresses.some((address) => address.equals(localAddress)));
    const given = isCabled ? {} : Object.fromEntries(addresses.map((address) => [address.family, address]));
    return {
      ...(machine && { known: machine.name }),
      addresses: withNextHops({ ...machine?.addresses, ...given }, own, i + 1, used),
      sessions: own,
      isOnSpine: isCabled || own.some(({ isTopOfRack }) => isTopOfRack),
    };
  });
}

/** A machine while its addresses are collected. */
interface Draft {
  readonly machine: LabMachine | undefined;
  readonly isCabled: boolean;
  readonly as: AsNumber;
  readonly addresses: IpAddress[];
  /**
   * Positions in which it already has an address: on the switch, or at the end of a cable to a node, for each family.
   */
  readonly taken: Set<string>;
}

const placeOf = ({ isCabled, node, localAddress: { family } }: MachineSession): string =>
  `${isCabled ? node : ''} ${family}`;

/** Existing session addresses and their machines. */
const knownAddresses = (before: readonly LabMachine[]): Map<string, LabMachine> =>
  new Map(
    before.flatMap((machine) => machine.sessions.map(({ localAddress }) => [String(localAddress), machine] as const)),
  );

/** The first session for each outside address, in the order of the fabric. */
function outsideAddresses(fabric: Fabric, sessions: readonly MachineSession[]): MachineSession[] {
  const named = [
    ...Object.values(fabric.peers).map(({ address }) => address),
    ...Object.values(fabric.racks).flatMap(({ topOfRack }) =>
      topOfRack.flatMap(({ ipv4Address, ipv6Address }) => [ipv4Address, ipv6Address]),
    ),
  ];
  const byAddress = new Map<string, MachineSession>();
  for (const session of sessions) {
    const address = session.localAddress.toString();
    if (!byAddress.has(address)) byAddress.set(address, session);
  }
  const overLinks = sessions.flatMap(({ link, localAddress }) => (link === undefined ? [] : localAddress));
  return [...new Set([...named, ...overLinks].flatMap((address) => (address ? [address.toString()] : [])))].flatMap(
    (address) => byAddress.get(address) ?? [],
  );
}

function outsideSessions(fabric: Fabric): MachineSession[] {
  const all = Object.entries(fabric.nodes).flatMap(([node, own]) =>
    labSessionsOf(fabric, node)
      .filter(({ isInside }) => !isInside)
      .map((session): MachineSession => {
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
            session.interface !== undefined ||
            (addressOf(own, localAddress.family)?.equals(localAddress) !== true &&
              subnetOf(remoteAddress, localAddress) !== undefined),
          ...(session.interface !== undefined && { link: session.interface }),
          isTopOfRack: isTopOfRack(fabric, session),
          ...(session.password && { password: session.password }),
          ...(session.ttlSecurity !== undefined && { ttlSecurity: session.ttlSecurity }),
          ...(session.bfd && { bfd: mirrored(session.bfd) }),
        };
      }),
  );
  // An address with several sessions is not at the end of a cable.
  const counts = new Map<string, number>();
  for (const { localAddress } of all) counts.set(String(localAddress), (counts.get(String(localAddress)) ?? 0) + 1);
  return all.map((one) => ({ ...one, isCabled: one.isCabled && counts.get(String(one.localAddress)) === 1 }));
}

/** Settings for the other end: if both were passive, neither would start. */
const mirrored = (bfd: SessionBfd): SessionBfd => ({ ...bfd, passive: false, strict: false });

/** Declared as top of rack, or as a peer by node selector, as in fabrics from Calico. */
const isTopOfRack = ({ peers }: Fabric, { kind, origin }: Session): boolean =>
  kind === 'rack' || (kind === 'node' && peers[originName(origin)]?.nodeSelector !== undefined);

/**
 * A session may carry a family in which no peer names an address of the machine: it gets one, because its routes need a
 * next hop.
 */
function withNextHops(
  given: Addresses,
  sessions: readonly MachineSession[],
  ordinal: number,
  used: Set<string>,
): Addresses {
  const all = { ...given };
  for (const family of ADDRESS_FAMILIES)
    if (!all[family] && sessions.some(({ families }) => families.includes(family)))
      all[family] = freeNextHop(family, ordinal, used);
  return all;
}

function freeNextHop(family: AddressFamily, ordinal: number, used: Set<string>): IpAddress {
  const text = family === 'ipv4' ? `198.18.0.${ordinal}` : `2001:2::${ordinal.toString(16)}`;
  if (used.has(text)) return freeNextHop(family, ordinal + 1, used);
  used.add(text);
  return sure(IpAddress.parse(text));
}
