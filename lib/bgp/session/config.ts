import type { IpAddress } from '../../model/address';
import type { Policy } from '../../model/filter';
import type { Family } from '../wire/family';

/** One way a session may come up: our AS number and theirs. Equal ones make it internal (iBGP). */
export interface AsPair {
  readonly localAs: number;
  readonly remoteAs: number;
  /**
   * Our BGP identifier with it, while this end goes over from one to another; absent: {@link SessionConfig.routerId}.
   */
  readonly localId?: number;
  /** The neighbour's beside it, where that is known; absent: any. */
  readonly remoteId?: number;
}

/** RFC 9234 section 4: what we are towards the neighbour. Only for eBGP. */
export type RoleName = 'provider' | 'routeServer' | 'routeServerClient' | 'customer' | 'peer';

/**
 * All that a session is configured with: plain data without secrets, so that it can be logged, recorded and compared.
 * Identity is {@link key} alone; AS numbers are parameters (ARCHITECTURE section 5). Times are in seconds.
 */
export interface SessionConfig {
  /** `local remote port`, never an AS number. */
  readonly key: string;
  /** For people: `node2`, `rack1`. */
  readonly name: string;
  /** Why the session exists, for people: `nodeToNodeMesh`, `peers.rack1`. */
  readonly reason: string;
  readonly localAddress: IpAddress;
  readonly remoteAddress: IpAddress;
  /** TCP port that the remote side listens on. */
  readonly port: number;
  /**
   * TCP port of ours that the neighbour connects to: tells sessions between the same addresses apart. Absent:
   * whichever.
   */
  readonly listenPort?: number;
  /** The network interface of link-local addresses. */
  readonly interface?: string;
  /** The pairs of AS numbers it may come up with, best first, at least one. The first is what it should run with. */
  readonly acceptable: readonly AsPair[];
  /** Our BGP identifier, 32 bits, not 0 (RFC 6286): the one to run with. */
  readonly routerId: number;
  readonly families: readonly Family[];
  /** Who connects: we at once, we if nothing came within a few seconds, or only the other side. */
  readonly dial: 'first' | 'wait' | 'never';
  /** 0 (no keepalives, no hold timer) or 3 to 65535. */
  readonly holdTime: number;
  readonly keepaliveTime: number;
  readonly connectRetryTime: number;
  /** The neighbour may be more than one hop away: TTL 64, not 1, towards an eBGP neighbour. */
  readonly multihop: boolean;
  /** Generalized TTL security (RFC 5082): how many hops away it may be; absent: none. */
  readonly gtsmHops?: number;
  /**
   * Names the secret for TCP MD5 (RFC 2385): a reference with its version, never the secret itself. Anyone who owns the
   * sockets holds the value; a session with a name and no value stays down.
   */
  readonly authentication?: string;
  /**
   * Names of other secrets (null: none) that it may run with and is dialled with in turn, while the two ends may have
   * moved from one to the other or not. A socket listens for one alone, so the end that does not dial first is the one
   * to reset when {@link authentication} changes. Absent: each end resets.
   */
  readonly otherAuthentications?: readonly (string | null)[];
  /** How BFD watches the neighbour (RFC 5882); absent: it does not. */
  readonly bfd?: BfdOptions;
  readonly role?: RoleName;
  /** RFC 9234 section 4.2: a neighbour that announces no role is refused. */
  readonly strictRole?: boolean;
  /**
   * RFC 4724: seconds the neighbour keeps our routes while we restart, 1 to 4095; absent: the capability is not
   * announced.
   */
  readonly gracefulRestartTime?: number;
  /** RFC 7911: families in which several paths are taken or sent. */
  readonly addPath?: { readonly receive: readonly Family[]; readonly send: readonly Family[] };
  /** RFC 8950: IPv4 routes may have an IPv6 next hop. */
  readonly extendedNextHop?: boolean;
  /** Why the session is kept down: said to the neighbour as shutdown communication (RFC 9003). Absent: it runs. */
  readonly adminDown?: string;
  /** Why the session cannot run (a secret that is missing): it stays down and says so. Absent: it can. */
  readonly blocked?: string;
  /** Key of the template that made it for a neighbour which came unnamed; see template.ts. */
  readonly template?: string;
  /** Still runs, but is no longer wanted: the next configuration may leave it out. */
  readonly retiring?: boolean;
  /**
   * A change is under way in which the neighbour is the one to reset: what the OPENs settle between them waits for it
   * here, and is looked at again when this is over. Absent: this end resets by itself.
   */
  readonly yields?: boolean;
  /**
   * The release that a change leaves has more of the session otherwise than AS numbers and identifiers: where the
   * neighbour ends it for a new configuration, it is for the rest, and not to return to those.
   */
  readonly leavesMore?: boolean;
  /** Both ends are nodes of one fabric: RFC 8212 does not apply. */
  readonly inside: boolean;
  readonly importPolicy: Policy;
  readonly exportPolicy: Policy;
  readonly nextHop: 'auto' | 'self' | 'keep';
  readonly routeReflectorClient: boolean;
  /** How often our own AS number may stand in an AS_PATH that comes in. */
  readonly allowOwnAs: number;
  /** More prefixes than this end the session with Cease (RFC 4486); absent: no limit. */
  readonly maxPrefixes?: number;
  /** Percent of {@link maxPrefixes} from which a warning says that the limit is near, 1 to 100; absent: no warning. */
  readonly maxPrefixWarning?: number;
  /**
   * Seconds after which a session that a limit of prefixes or memory ended may come up again; 0: not by itself, but
   * when it is reset or the limit changes; absent: 300.
   */
  readonly maxPrefixRestart?: number;
  /**
   * More MB (10^6 octets) of memory than this for the routes of the neighbour end the session with Cease (RFC 4486);
   * absent: no limit.
   */
  readonly maxRouteMemory?: number;
  /**
   * AS number of the node, where the session may have another as local AS (RFC 7705): in a path that comes in both make
   * a loop. Absent: the session's own.
   */
  readonly nodeAs?: number;
  /**
   * RFC 7705 section 3, for a local AS that is not the node's: put it in front of paths that come in (`import`), show
   * the node's AS number behind it in paths that go out (`export`), or both. Absent: neither ("No Prepend Inbound",
   * "Replace Old AS"), so that nobody sees a move.
   */
  readonly localAsPrepend?: 'import' | 'export' | 'both';
  /** RFC 9774 section 3: a route with an AS_SET in its path is not used. Absent: it is, and marked. */
  readonly refuseAsSets?: boolean;
  /** Told to the neighbour with all routes, and counted against its own: the session is about to end (RFC 8326). */
  readonly gracefulShutdown?: boolean;
  /** Our addresses by family, for NEXT_HOP of routes of the other family than the transport's. */
  readonly localAddresses: { readonly ipv4?: IpAddress; readonly ipv6?: IpAddress };
}

/** A BFD session beside the BGP session. Intervals are in milliseconds. */
export interface BfdOptions {
  readonly transmitInterval: number;
  readonly receiveInterval: number;
  readonly detectMultiplier: number;
  /** Waits to be spoken to. */
  readonly passive: boolean;
  /** Several hops away (RFC 5883); else it is on the link (RFC 5881). */
  readonly multihop: boolean;
  /** Packets that arrive with less do not count. */
  readonly minimumTtl: number;
  /** BGP waits for BFD to be up. */
  readonly strict: boolean;
}

/** Whether two pairs are the same, in their identifiers as far as both say them. */
export const samePair = (a: AsPair, b: AsPair): boolean =>
  a.localAs === b.localAs &&
  a.remoteAs === b.remoteAs &&
  isSameId(a.localId, b.localId) &&
  isSameId(a.remoteId, b.remoteId);

const isSameId = (a: number | undefined, b: number | undefined): boolean =>
  a === undefined || b === undefined || a === b;

/** Names of the secrets (null: none) that a session may run with, the one that it should run with first. */
export const keysOf = (
  config: Pick<SessionConfig, 'authentication' | 'otherAuthentications'>,
): readonly (string | null)[] => [config.authentication ?? null, ...(config.otherAuthentications ?? [])];

/** What the sockets of a session need, but for the secret. */
export interface Transport {
  /** TTL or hop limit of what we send; absent: the system's. */
  readonly ttl?: number;
  /** Least TTL of what comes (RFC 5082); absent: any. */
  readonly minTtl?: number;
  /** Name of the secret for TCP MD5; absent: none. */
  readonly authentication?: string;
  readonly interface?: string;
}

/**
 * RFC 5082 where it is asked for; else TTL 1 towards a directly connected eBGP neighbour and 64 towards a distant one;
 * iBGP as the system has it.
 */
export function transportOf(
  config: Pick<SessionConfig, 'acceptable' | 'gtsmHops' | 'multihop' | 'authentication' | 'interface'>,
  authentication: string | null = config.authentication ?? null,
): Transport {
  const external = config.acceptable.every(({ localAs, remoteAs }) => localAs !== remoteAs);
  const ttl =
    config.gtsmHops !== undefined
      ? { ttl: 255, minTtl: 256 - config.gtsmHops }
      : external
        ? { ttl: config.multihop ? 64 : 1 }
        : {};
  return {
    ...ttl,
    ...(authentication !== null && { authentication }),
    ...(config.interface !== undefined && { interface: config.interface }),
  };
}
