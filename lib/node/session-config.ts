import type { AsPair, SessionConfig } from '../bgp/session/config';
import type { Family } from '../bgp/wire/family';
import type { AddressFamily } from '../model/address';
import type { Fabric } from '../model/fabric';
import { asNumberOf } from '../topology/derive';
import { originName } from '../topology/origin';
import type { Session } from '../topology/session';
import { routerIdNumber } from './routing';

/** Default maximum number of prefixes from a neighbour. */
export const MAX_PREFIXES = 2_000_000;
/**
 * Default maximum memory in MB for the routes of a neighbour. MemoryMax of the service is derived from it
 * (service-unit.ts).
 */
export const MAX_ROUTE_MEMORY = 500;

/** A session whose releases may differ: the AS numbers that it can come up with, and what it offers. */
export interface Moving {
  readonly session: Session;
  readonly acceptable: readonly AsPair[];
  readonly yields: boolean;
  /** See {@link SessionConfig.leavesMore}. */
  readonly leavesMore?: boolean;
}

export const bgpFamily = (family: AddressFamily): Family => (family === 'ipv4' ? 'ipv4 unicast' : 'ipv6 unicast');

/** The speaker's configuration of a session, without secrets. */
export function configOf(
  fabric: Fabric,
  name: string,
  { session, acceptable, yields, leavesMore }: Moving,
): SessionConfig {
  const node = fabric.nodes[name];
  const nodeAs = asNumberOf(fabric, node);
  return {
    key: session.key,
    name: session.remoteNode ?? originName(session.origin),
    reason: session.origin,
    localAddress: session.localAddress,
    remoteAddress: session.remoteAddress,
    ...(session.interface !== undefined && { interface: session.interface, unnumbered: true }),
    port: session.port,
    listenPort: fabric.listenPort,
    acceptable,
    routerId: routerIdNumber(fabric, name),
    families: session.families.map(bgpFamily),
    dial: session.dial,
    holdTime: session.holdTime,
    keepaliveTime: session.keepaliveTime,
    connectRetryTime: session.connectRetryTime,
    multihop: session.multihop,
    ...(session.restartTime !== undefined && { gracefulRestartTime: session.restartTime }),
    ...(yields && { yields }),
    ...(leavesMore && { leavesMore }),
    inside: session.isInside,
    importPolicy: session.importPolicy,
    exportPolicy: session.exportPolicy,
    nextHop: session.nextHop,
    routeReflectorClient: session.routeReflectorClient,
    allowOwnAs: session.allowOwnAs ?? 0,
    maxPrefixes: session.maxPrefixes ?? MAX_PREFIXES,
    ...(session.maxPrefixesWarning !== undefined && { maxPrefixWarning: session.maxPrefixesWarning }),
    ...(session.maxPrefixesRestart !== undefined && { maxPrefixRestart: session.maxPrefixesRestart }),
    maxRouteMemory: session.maxRouteMemory ?? MAX_ROUTE_MEMORY,
    ...(session.localAsPrepend && { localAsPrepend: session.localAsPrepend }),
    ...(session.rejectAsSets && { refuseAsSets: true }),
    ...(session.adminDown !== undefined && { adminDown: session.adminDown }),
    ...(session.password && { authentication: session.password.toString() }),
    ...(session.ttlSecurity !== undefined && { gtsmHops: session.ttlSecurity }),
    ...(!nodeAs.equals(session.localAs) && { nodeAs: nodeAs.value }),
    ...(session.bfd && { bfd: session.bfd }),
    ...(session.role && { role: session.role }),
    ...(session.addPath && { addPath: addPathOf(session) }),
    ...(session.extendedNextHop !== undefined && { extendedNextHop: session.extendedNextHop }),
    localAddresses: { ipv4: node.ipv4Address, ipv6: node.ipv6Address },
  };
}

function addPathOf({ addPath, families }: Session): NonNullable<SessionConfig['addPath']> {
  const all = families.map(bgpFamily);
  return { receive: addPath === 'send' ? [] : all, send: addPath === 'receive' ? [] : all };
}
