import type { IpAddress } from '../../model/address';
import type { Policy } from '../../model/filter';
import type { Family } from '../wire/family';

/** A pair of AS numbers with which a session may come up: ours and theirs. If they are equal it is internal (iBGP). */
export interface AsPair {
  readonly localAs: number;
  readonly remoteAs: number;
  /** Any other AS than ours will do, as the neighbour's OPEN has it; {@link remoteAs} stands for it until then. */
  readonly anyExternal?: true;
  /**
   * Our BGP identifier with it, while this end migrates from one to another. Default: {@link SessionConfig.routerId}.
   */
  readonly localId?: number;
  /** The neighbour's identifier, if known. Default: any. */
  readonly remoteId?: number;
}

/** RFC 9234 section 4: our role towards the neighbour. Only for eBGP. */
export type RoleName = 'provider' | 'routeServer' | 'routeServerClient' | 'customer' | 'peer';

/**
 * The configuration of a session: plain data without secrets, so that it can be logged, recorded and compared. {@link
 * key} alone identifies it; AS numbers are parameters, because both ends may change them while the session exists.
 * Times are in seconds.
 */
export interface SessionConfig {
  /** `local remote port`, never an AS number. */
  readonly key: string;
  /** For display: `node2`, `rack1`. */
  readonly name: string;
  /** Why the session exists, for display: `nodeToNodeMesh`, `peers.rack1`. */
  readonly reason: string;
  readonly localAddress: IpAddress;
  readonly remoteAddress: IpAddress;
  /** TCP port that the remote side listens on. */
  readonly port: number;
  /** Our TCP port that the neighbour connects to: distinguishes sessions between the same addresses. Default: any. */
  readonly listenPort?: number;
  /** The network interface of link-local addresses. */
  readonly interface?: string;
  /**
   * The pairs of AS numbers that it may come up with, best first, at least one. The first is the one it should run
   * with.
   */
  readonly acceptable: readonly AsPair[];
  /** Our BGP identifier, 32 bits, not 0 (RFC 6286): the one to use. */
  readonly routerId: number;
  readonly families: readonly Family[];
  /** Who connects: we at once, we if the neighbour has not within a few seconds, or only the neighbour. */
  readonly dial: 'first' | 'wait' | 'never';
  /** 0 (no keepalives, no hold timer) or 3 to 65535. */
  readonly holdTime: number;
  readonly keepaliveTime: number;
  readonly connectRetryTime: number;
  /** The neighbour may be more than one hop away: TTL 64, not 1, towards an eBGP neighbour. */
  readonly multihop: boolean;
  /** Generalized TTL security (RFC 5082): maximum number of hops to the neighbour. Default: off. */
  readonly gtsmHops?: number;
  /**
   * Name of the secret for TCP MD5 (RFC 2385): a reference with its version, never the secret itself. The owner of the
   * sockets holds the value; a session with a name and no value stays down.
   */
  readonly authentication?: string;
  /**
   * Names of other secrets (null: none) that it may run with and dials with in turn, while either end may have switched
   * from one to the other. A socket listens with only one, so the end that does not dial first is the one to reset when
   * {@link authentication} changes. Absent: each end resets.
   */
  readonly otherAuthentications?: readonly (string | null)[];
  /** BFD for the neighbour (RFC 5882). Default: none. */
  readonly bfd?: BfdOptions;
  readonly role?: RoleName;
  /** RFC 9234 section 4.2: refuse a neighbour that announces no role. */
  readonly strictRole?: boolean;
  /**
   * RFC 4724: seconds the neighbour retains our routes while we restart, 1 to 4095. Absent: the capability is not
   * announced.
   */
  readonly gracefulRestartTime?: number;
  /** RFC 7911: families in which several paths are accepted or sent. */
  readonly addPath?: { readonly receive: readonly Family[]; readonly send: readonly Family[] };
  /** RFC 8950: IPv4 routes may have an IPv6 next hop. */
  readonly extendedNextHop?: boolean;
  /** Why the session is kept down, sent to the neighbour as shutdown communication (RFC 9003). Absent: it runs. */
  readonly adminDown?: string;
  /** Why the session cannot run (a missing secret): it stays down and reports this. Absent: it can. */
  readonly blocked?: string;
  /**
   * A session without configured addresses: they are those found on the link of {@link interface}, and others
   * whenever another neighbour is found there.
   */
  readonly unnumbered?: true;
  /** Why no neighbour is known: the session stays down and reports this. Absent: one is. */
  readonly awaitsNeighbour?: string;
  /** Key of the template from which it was created for an unnamed neighbour; see template.ts. */
  readonly template?: string;
  /** Still running, but no longer wanted: the next configuration may omit it. */
  readonly retiring?: boolean;
  /**
   * During a change in which the neighbour is the end that resets: a change of negotiated parameters takes effect here
   * with the neighbour's reset, and is checked again afterwards. Absent: this end resets by itself.
   */
  readonly yields?: boolean;
  /**
   * The previous release defines the session differently in more than AS numbers and identifiers. If the neighbour then
   * closes it for a new configuration, the reason may be the other differences rather than a return to the previous
   * numbers.
   */
  readonly leavesMore?: boolean;
  /** Both ends are nodes of one fabric: RFC 8212 does not apply. */
  readonly inside: boolean;
  readonly importPolicy: Policy;
  readonly exportPolicy: Policy;
  readonly nextHop: 'auto' | 'self' | 'keep';
  readonly routeReflectorClient: boolean;
  /** How often our own AS number may occur in a received AS_PATH. */
  readonly allowOwnAs: number;
  /** Maximum number of prefixes; more close the session with Cease (RFC 4486). Default: no limit. */
  readonly maxPrefixes?: number;
  /** Percent of {@link maxPrefixes} from which a warning is given, 1 to 100. Default: no warning. */
  readonly maxPrefixWarning?: number;
  /**
   * Seconds before a session closed by a prefix or memory limit may come up again; 0: only by a reset or a change of
   * the limit. Default: 300.
   */
  readonly maxPrefixRestart?: number;
  /**
   * Maximum MB (10^6 octets) of memory for the neighbour's routes; more close the session with Cease (RFC 4486).
   * Default: no limit.
   */
  readonly maxRouteMemory?: number;
  /**
   * AS number of the node, if the session has another as local AS (RFC 7705): either in a received path is a loop.
   * Default: the session's own.
   */
  readonly nodeAs?: number;
  /**
   * RFC 7705 section 3, for a local AS that is not the node's: prepend it to received paths (`import`), show the node's
   * AS number behind it in sent paths (`export`), or both. Default: neither ("No Prepend Inbound", "Replace Old AS"),
   * so that the migration is invisible.
   */
  readonly localAsPrepend?: 'import' | 'export' | 'both';
  /** RFC 9774 section 3: do not use a route with an AS_SET in its path. Default: it is used, and marked. */
  readonly refuseAsSets?: boolean;
  /**
   * Graceful shutdown (RFC 8326): all routes are sent with the community, and those received get the lowest preference.
   */
  readonly gracefulShutdown?: boolean;
  /** Our addresses by family, for NEXT_HOP of routes of the family that is not the transport's. */
  readonly localAddresses: { readonly ipv4?: IpAddress; readonly ipv6?: IpAddress };
}

/** A BFD session for the BGP session. Intervals are in milliseconds. */
export interface BfdOptions {
  readonly transmitInterval: number;
  readonly receiveInterval: number;
  readonly detectMultiplier: number;
  /** Passive role: waits for the neighbour's first packet. */
  readonly passive: boolean;
  /** Several hops away (RFC 5883); otherwise on the link (RFC 5881). */
  readonly multihop: boolean;
  /** Packets received with a lower TTL are discarded. */
  readonly minimumTtl: number;
  /** BGP waits for BFD to be up. */
  readonly strict: boolean;
}

/** Whether two pairs are the same, including identifiers if both specify them. */
export const samePair = (a: AsPair, b: AsPair): boolean =>
  a.localAs === b.localAs &&
  a.remoteAs === b.remoteAs &&
  isSameId(a.localId, b.localId) &&
  isSameId(a.remoteId, b.remoteId);

/** Whether a session that permits `permitted` may run with a pair, whose numbers are known. */
export const permits = (permitted: AsPair, { localAs, remoteAs }: AsPair): boolean =>
  permitted.localAs === localAs && (permitted.anyExternal ? remoteAs !== localAs : permitted.remoteAs === remoteAs);

/** Whether the AS number of a neighbour that could be in any other than ours is demanded now: it may be the one. */
export const isNamed = (was: AsPair, is: AsPair): boolean =>
  was.anyExternal === true && !is.anyExternal && permits(was, is);

const isSameId = (a: number | undefined, b: number | undefined): boolean =>
  a === undefined || b === undefined || a === b;

/**
 * Both addresses of a session as strings: link-local ones with the interface, as two links may have the same one (RFC
 * 4007). The name of an end that is only known on the link is unique by itself.
 */
export function endTexts({
  localAddress,
  remoteAddress,
  interface: link,
}: Pick<SessionConfig, 'localAddress' | 'remoteAddress' | 'interface'>): readonly [local: string, remote: string] {
  const text = (address: IpAddress) => {
    const own = String(address);
    return link !== undefined && address.isLinkLocal && !own.includes('%') ? `${own}%${link}` : own;
  };
  return [text(localAddress), text(remoteAddress)];
}

/** Names of the secrets (null: none) that a session may run with, the preferred one first. */
export const keysOf = (
  config: Pick<SessionConfig, 'authentication' | 'otherAuthentications'>,
): readonly (string | null)[] => [config.authentication ?? null, ...(config.otherAuthentications ?? [])];

/** Socket options of a session, without the secret. */
export interface Transport {
  /** TTL or hop limit of sent packets. Default: the system's. */
  readonly ttl?: number;
  /** Minimum TTL of received packets (RFC 5082). Default: any. */
  readonly minTtl?: number;
  /** Name of the secret for TCP MD5. Default: none. */
  readonly authentication?: string;
  readonly interface?: string;
}

/**
 * RFC 5082 if configured; otherwise TTL 1 towards a directly connected eBGP neighbour and 64 towards a distant one; for
 * iBGP the system's default.
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
