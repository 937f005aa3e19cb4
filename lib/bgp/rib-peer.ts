import { type LocalInterface, type NextHopSession, ownNextHops } from './rib/adj-rib-out/own-next-hop';
import type { RibPeer } from './rib/peer';
import { MB } from './rib/route-memory';
import type { SessionConfig } from './session/config';

/**
 * A session as the RIB must know it; `isLeaving`: graceful shutdown is asked for from outside. While nodes go from one
 * AS to several, a path learned of a neighbour as an internal one would be advertised as short as that neighbour's own:
 * two that each hold the other's for the better would send packets in a circle.
 */
export function ribPeerOf(
  config: SessionConfig,
  localAs: number,
  peerAs: number,
  isLeaving: boolean,
  interfaces?: readonly LocalInterface[],
): RibPeer {
  const { name, remoteAddress, localAddress, localAddresses, inside, importPolicy, exportPolicy } = config;
  const { maxRouteMemory, template: group, multihop, gtsmHops } = config;
  const { nextHop, routeReflectorClient, allowOwnAs, maxPrefixes, role, nodeAs, localAsPrepend, refuseAsSets } = config;
  const [wanted] = config.acceptable;
  const becomesExternal = inside && localAs === peerAs && wanted.localAs !== wanted.remoteAs;
  // Every field stands in every one, so that the code that reads them meets one kind of object.
  return {
    name,
    migrationAs: becomesExternal ? wanted.remoteAs : undefined,
    address: remoteAddress,
    localAddress,
    localAddresses,
    nextHops: ownNextHops(endOf(config), interfaces),
    localAs,
    peerAs,
    inside,
    importPolicy,
    exportPolicy,
    nextHop,
    routeReflectorClient,
    // With TTL security `multihop` counts for nothing.
    singleHop: gtsmHops === undefined ? !multihop : gtsmHops === 1,
    interface: config.interface,
    allowOwnAs,
    maxPrefixes,
    maxRouteMemory: maxRouteMemory === undefined ? undefined : maxRouteMemory * MB,
    group,
    role,
    nodeAs,
    localAsPrepend,
    refuseAsSets: refuseAsSets === true,
    gracefulShutdown: config.gracefulShutdown === true || isLeaving,
  };
}

/** This node's end of a session, as next hops are chosen for it. */
export const endOf = ({ localAddress, localAddresses, multihop, gtsmHops = 1 }: SessionConfig): NextHopSession => ({
  ...{ localAddress, localAddresses },
  multihop: multihop || gtsmHops > 1,
});
