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

/** BFD parameters of a session, including those that follow from the session. Intervals are in milliseconds. */
export type SessionBfd = Readonly<Required<Bfd>>;

/** One BGP session of one node. Always derived from the fabric, never configured directly. */
export interface Session {
  /** `local remote port`: identifies the session, whatever its AS numbers or origin (see {@link sessionKey}). */
  readonly key: string;
  readonly kind: SessionKind;
  /**
   * The object it is derived from: `nodeToNodeMesh`, `peers.<name>`, `racks.<name>` or `routeReflectors.<name>`. Not a
   * parameter of the session.
   */
  readonly origin: string;
  /** The node at the other end, if it is in the fabric. */
  readonly remoteNode?: string;
  readonly localAddress: IpAddress;
  readonly remoteAddress: IpAddress;
  /** TCP port that the remote side listens on. */
  readonly port: number;
  readonly localAs: AsNumber;
  readonly remoteAs: AsNumber;
  /** The neighbour may be in any AS but ours; {@link remoteAs} stands for it. */
  readonly anyExternal?: true;
  /**
   * The link of a session without addresses: both ends are named after it ({@link IpAddress.ofLink}) wherever only the
   * fabric is known.
   */
  readonly interface?: string;
  /** BGP identifier of this node. */
  readonly routerId: IpAddress;
  /** AS number of the node, if the session uses a different local AS (RFC 7705). */
  readonly nodeAs?: AsNumber;
  readonly families: readonly AddressFamily[];
  /**
   * Who connects: this side at once, this side if no connection arrives within a few seconds, or only the other side.
   */
  readonly dial: 'first' | 'wait' | 'never';
  /** Both ends are nodes of this fabric. */
  readonly isInside: boolean;
  /** The other side may be more than one hop away. */
  readonly multihop: boolean;
  /** Maximum number of hops to the other side (RFC 5082). Unset: not checked. */
  readonly ttlSecurity?: number;
  /** The TCP MD5 key (RFC 2385). Unset: not signed. */
  readonly password?: SecretReference;
  /** The other side is a client of this reflector (RFC 4456). */
  readonly routeReflectorClient: boolean;
  /** Seconds for which the other side retains routes while this one restarts (RFC 4724). Unset: not requested. */
  readonly restartTime?: number;
  /** Reason for keeping it administratively down (RFC 9003). Unset: enabled. */
  readonly adminDown?: string;
  /** A deploy does not require it to be up. Not a parameter of the session. */
  readonly expectsDown?: true;
  /** Unset: no BFD. */
  readonly bfd?: SessionBfd;
  /** BGP role of this node towards the other side (RFC 9234). */
  readonly role?: Role;
  /** Unset: the speaker's default limit. */
  readonly maxPrefixes?: number;
  /** Percentage of the limit from which a warning is logged. */
  readonly maxPrefixesWarning?: number;
  /** Seconds until a session that was closed by a limit may come up again. */
  readonly maxPrefixesRestart?: number;
  /** MB of memory. Unset: the speaker's default limit. */
  readonly maxRouteMemory?: number;
  /** Paths to which a local AS other than the node's own is prepended in addition (RFC 7705). Unset: none. */
  readonly localAsPrepend?: 'import' | 'export' | 'both';
  /** RFC 9774. */
  readonly rejectAsSets?: boolean;
  /** How many times the own AS number may occur in a received path. Unset: never. */
  readonly allowOwnAs?: number;
  /** ADD-PATH (RFC 7911), seen from this node. */
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
 * Sessions are keyed by addresses and port, never by AS number, so that a session can change AS number and keep its
 * identity.
 */
export const sessionKey = (local: IpAddress, remote: IpAddress, port: number): string => `${local} ${remote} ${port}`;

/** Parses a {@link sessionKey}. */
export function readSessionKey(key: string): {
  readonly local: string;
  readonly remote: string;
  readonly port: string;
} {
  const [local, remote, port] = key.split(' ');
  return { local, remote, port };
}

/** Neighbours accepted from any address of a prefix, and never dialled. */
export interface Neighbours {
  readonly range: Prefix;
  /** Maximum number at once. */
  readonly limit: number;
  /** Template of their sessions; each gets its own address. */
  readonly session: Session;
}
