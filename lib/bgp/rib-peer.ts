import { type LocalInterface, type NextHopSession, ownNextHops } from './rib/adj-rib-out/own-next-hop';
import type { RibPeer } from './rib/peer';
import { MB } from './rib/route-memory';
import type { SessionConfig } from './session/config';

/**
 * A session in the form that the RIB uses; `isLeaving`: graceful shutdown was requested. `migrationAs`: while nodes
 * migrate from one AS to several, a path learned from a neighbour as internal would be advertised with the path length
 * that this neighbour had, and two nodes that each prefer the other's path would form a loop.
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
  // All fields are always present, so that the code that reads them sees one object shape.
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
    // With TTL security `multihop` has no effect.
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

/** This node's end of a session, for choosing its next hops. */
export const endOf = ({
  localAddress,
  localAddresses,
  multihop,
  gtsmHops = 1,
  unnumbered,
}: SessionConfig): NextHopSession => ({
  ...{ localAddress, localAddresses, unnumbered },
  multihop: multihop || gtsmHops > 1,
});
