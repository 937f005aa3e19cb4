import type { AddressFamily, IpAddress } from '../model/address';
import type { AsNumber } from '../model/as-number';
import type { Bfd } from '../model/bfd';
import type { Policy } from '../model/filter';
import type { Peer } from '../model/peer';
import type { Prefix } from '../model/prefix';
import type { SecretReference } from '../model/secret-reference';

/** RFC 9234 section 4. */
export type Role = NonNullable<Peer['role']>;

/** Why a session exists. */
export type SessionKind = 'mesh' | 'global' | 'node' | 'rack' | 'reflector';

/** How BFD watches the neighbour of a session, with what follows from the session. Intervals are in milliseconds. */
export type SessionBfd = Readonly<Required<Bfd>>;

/** One BGP session of one node, derived from the fabric, never written by hand. */
export interface Session {
  /**
   * `local remote port`: what makes it this session, whatever its AS numbers or its reason (see {@link sessionKey}).
   */
  readonly key: string;
  readonly kind: SessionKind;
  /**
   * The object it was derived from: `nodeToNodeMesh`, `peers.<name>`, `racks.<name>` or `routeReflectors.<name>`. No
   * parameter of the session.
   */
  readonly origin: string;
  /** The node at the other end, where it is one of the fabric. */
  readonly remoteNode?: string;
  readonly localAddress: IpAddress;
  readonly remoteAddress: IpAddress;
  /** TCP port that the remote side listens on. */
  readonly port: number;
  readonly localAs: AsNumber;
  readonly remoteAs: AsNumber;
  /** BGP identifier of this node. */
  readonly routerId: IpAddress;
  /** AS number of the node, where the session has another as local AS (RFC 7705). */
  readonly nodeAs?: AsNumber;
  readonly families: readonly AddressFamily[];
  /** Who connects: we at once, we if nothing came within a few seconds, or only the other side. */
  readonly dial: 'first' | 'wait' | 'never';
  /** Both ends are nodes of this fabric. */
  readonly isInside: boolean;
  /** The other side may be more than one hop away. */
  readonly multihop: boolean;
  /** How many hops away the other side may be at most (RFC 5082); absent: no check. */
  readonly ttlSecurity?: number;
  /** The key that signs it (RFC 2385); absent: none does. */
  readonly password?: SecretReference;
  /** The other side is a client of this reflector (RFC 4456). */
  readonly routeReflectorClient: boolean;
  /** Seconds that the other side keeps routes while this one restarts (RFC 4724); absent: it is not asked to. */
  readonly restartTime?: number;
  /** Why it is kept down (RFC 9003); absent: it runs. */
  readonly adminDown?: string;
  /** A deploy does not count on it. No parameter of the session. */
  readonly expectsDown?: true;
  /** How BFD watches the other side; absent: it does not. */
  readonly bfd?: SessionBfd;
  /** What this node is towards the other side (RFC 9234). */
  readonly role?: Role;
  /** Absent: the speaker's own limit. */
  readonly maxPrefixes?: number;
  /** Percent of the limit from which a warning says that it is near. */
  readonly maxPrefixesWarning?: number;
  /** Seconds until a session that a limit ended may come up again. */
  readonly maxPrefixesRestart?: number;
  /** MB of memory; absent: the speaker's own limit. */
  readonly maxRouteMemory?: number;
  /** Paths in which a local AS that is not the node's shows beside it (RFC 7705); absent: none. */
  readonly localAsPrepend?: 'import' | 'export' | 'both';
  /** RFC 9774. */
  readonly rejectAsSets?: boolean;
  /** How often the own AS number may stand in a path that comes in; absent: never. */
  readonly allowOwnAs?: number;
  /** Several paths to a prefix (RFC 7911), seen from this node. */
  readonly addPath?: 'receive' | 'send' | 'both';
  /** RFC 8950. */
  readonly extendedNextHop?: boolean;
  readonly nextHop: 'auto' | 'self' | 'keep';
  /** Seconds. */
  readonly holdTime: number;
  readonly keepaliveTime: number;
  readonly connectRetryTime: number;
  readonly importPolicy: Policy;
  readonly exportPolicy: Policy;
}

/**
 * Sessions are keyed by addresses and port, never by AS number, so that one may change AS number and stay the same
 * session.
 */
export const sessionKey = (local: IpAddress, remote: IpAddress, port: number): string => `${local} ${remote} ${port}`;

/** Reads {@link sessionKey}. */
export function readSessionKey(key: string): {
  readonly local: string;
  readonly remote: string;
  readonly port: string;
} {
  const [local, remote, port] = key.split(' ');
  return { local, remote, port };
}

/** Neighbours that may come from any address of a prefix, and are not dialled. */
export interface Neighbours {
  readonly range: Prefix;
  /** Most of them at once. */
  readonly limit: number;
  /** What each of them gets, but for its own address. */
  readonly session: Session;
}
