import type { RibPeer } from './rib/peer';
import type { SessionConfig } from './session/config';
import type { Lane } from './session/lane';
import type { Session } from './session/session';
import type { Timer } from './session/timers';

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
  /** A malformed UPDATE was told since the session is up, and that its limit of prefixes is near. */
  toldMalformed: boolean;
  toldLimit: boolean;
  /** Prefixes from which on the latter is to be told. */
  warnAt: number;
  /** Of one that came unnamed: how long it is remembered without a connection. */
  linger: Timer | undefined;
}

/**
 * A session as the RIB must know it; `isLeaving`: graceful shutdown is asked for from outside. While nodes go from one AS to several, a path learned of a
 * neighbour as an internal one would be told on as short as that neighbour's own: two that each hold the other's for the better would send packets in a circle.
 */
export function ribPeerOf(config: SessionConfig, localAs: number, peerAs: number, isLeaving: boolean): RibPeer {
  const { name, remoteAddress, localAddress, localAddresses, inside, importPolicy, exportPolicy } = config;
  const { nextHop, routeReflectorClient, allowOwnAs, maxPrefixes, role, nodeAs, localAsPrepend, refuseAsSets } = config;
  const [wanted] = config.acceptable,
    becomesExternal = inside && localAs === peerAs && wanted.localAs !== wanted.remoteAs;
  return {
    name,
    ...(becomesExternal && { comingAs: wanted.remoteAs }),
    address: remoteAddress,
    localAddress,
    localAddresses,
    localAs,
    peerAs,
    inside,
    importPolicy,
    exportPolicy,
    nextHop,
    routeReflectorClient,
    allowOwnAs,
    ...(maxPrefixes !== undefined && { maxPrefixes }),
    ...(role !== undefined && { role }),
    ...(nodeAs !== undefined && { nodeAs }),
    ...(localAsPrepend && { localAsPrepend }),
    ...(refuseAsSets && { refuseAsSets }),
    ...((config.gracefulShutdown || isLeaving) && { gracefulShutdown: true }),
  };
}

/** Prefixes from which on it is told that a limit is near. */
export const warningOf = ({ maxPrefixes, maxPrefixWarning }: SessionConfig): number =>
  maxPrefixes === undefined || maxPrefixWarning === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(1, Math.ceil((maxPrefixes * maxPrefixWarning) / 100));
