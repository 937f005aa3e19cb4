import type { Telling } from './deferral';
import { type LocalInterface, ownNextHops, type SessionEnd } from './rib/adj-rib-out/own-next-hop';
import type { RibPeer } from './rib/peer';
import type { SessionConfig } from './session/config';
import type { Lane } from './session/lane';
import type { Session } from './session/session';
import type { Timer } from './session/timers';
import type { Family } from './wire/family';

/** A session of the speaker and what the speaker knows of it. */
export interface Member {
  readonly session: Session;
  /** Its number in the RIB. */
  readonly ribId: number;
  /** The pair of AS numbers that the RIB knows of. */
  localAs: number;
  peerAs: number;
  /** Established. */
  lane: Lane | undefined;
  /** After a restart of ours, until the neighbour has told all its routes. */
  telling?: Telling | undefined;
  /** A malformed UPDATE was told since the session is up, and that its limit of prefixes is near. */
  toldMalformed: boolean;
  toldLimit: boolean;
  /** Why routes can't have this node as their next hop, by family, as it was told since the session is up. */
  lacks: Partial<Record<Family, string>>;
  /** Prefixes from which on the latter is to be told. */
  warnAt: number;
  /** One that came unnamed and found all places taken. */
  isRefused?: boolean;
  /** Of one that came unnamed: how long it is remembered without a connection. */
  linger: Timer | undefined;
}

/** Octets. */
export const MB = 1_000_000;

/**
 * A session as the RIB must know it; `isLeaving`: graceful shutdown is asked for from outside. While nodes go from one AS to several, a path learned of a
 * neighbour as an internal one would be told on as short as that neighbour's own: two that each hold the other's for the better would send packets in a circle.
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
  const [wanted] = config.acceptable,
    becomesExternal = inside && localAs === peerAs && wanted.localAs !== wanted.remoteAs;
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
export const endOf = ({ localAddress, localAddresses, multihop, gtsmHops = 1 }: SessionConfig): SessionEnd => ({
  ...{ localAddress, localAddresses },
  multihop: multihop || gtsmHops > 1,
});

/** Prefixes from which on it is told that a limit is near. */
export const warningOf = ({ maxPrefixes, maxPrefixWarning }: SessionConfig): number =>
  maxPrefixes === undefined || maxPrefixWarning === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(1, Math.ceil((maxPrefixes * maxPrefixWarning) / 100));
