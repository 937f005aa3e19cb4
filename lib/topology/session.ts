import type { AddressFamily, IpAddress } from '../model/address';
import type { AsNumber } from '../model/as-number';
import type { Policy } from '../model/filter';
import type { Peer } from '../model/peer';

/** RFC 9234 section 4. */
export type Role = NonNullable<Peer['role']>;

/** Why a session exists. */
export type SessionKind = 'mesh' | 'global' | 'node';

/** One BGP session of one node, derived from the fabric, never written by hand. */
export interface Session {
  /** `local remote port`: what makes it this session, whatever its AS numbers or its reason (see {@link sessionKey}). */
  readonly key: string;
  readonly kind: SessionKind;
  /** The object it was derived from: `nodeToNodeMesh` or `peers.<name>`. No parameter of the session. */
  readonly origin: string;
  /** The node at the other end, where it is one of the fabric. */
  readonly remoteNode?: string;
  readonly localAddress: IpAddress;
  readonly remoteAddress: IpAddress;
  /** TCP port that the remote side listens on. */
  readonly port: number;
  readonly localAs: AsNumber;
  readonly remoteAs: AsNumber;
  readonly families: readonly AddressFamily[];
  /** Who connects: we at once, we if nothing came within a few seconds, or only the other side. */
  readonly dial: 'first' | 'wait' | 'never';
  /** Both ends are nodes of this fabric. */
  readonly isInside: boolean;
  /** The other side may be more than one hop away. */
  readonly multihop: boolean;
  /** How many hops away the other side may be at most (RFC 5082); absent: no check. */
  readonly ttlSecurity?: number;
  /** What this node is towards the other side (RFC 9234). */
  readonly role?: Role;
  /** Absent: the speaker's own limit. */
  readonly maxPrefixes?: number;
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

/** Sessions are keyed by addresses and port, never by AS number, so that one may change AS number and stay the same session. */
export const sessionKey = (local: IpAddress, remote: IpAddress, port: number): string => `${local} ${remote} ${port}`;
