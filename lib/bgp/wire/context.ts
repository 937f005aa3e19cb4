import type { Family } from './family';

/**
 * The negotiated parameters that determine how octets are decoded and encoded: fixed while a session is Established.
 */
export interface WireContext {
  /**
   * RFC 4271: internal if both ends have the same AS number. Determines the handling of errors (RFC 7606) and which
   * attributes are permitted.
   */
  readonly session: 'ebgp' | 'ibgp';
  /** AS numbers in AS_PATH and AGGREGATOR have four octets (RFC 6793). */
  readonly as4: boolean;
  /** Families whose NLRI carry a path identifier towards us (RFC 7911). */
  readonly addPathReceive: ReadonlySet<Family>;
  /** Families whose NLRI we send with a path identifier. */
  readonly addPathSend: ReadonlySet<Family>;
  /** Messages may have up to 65535 octets instead of 4096 (RFC 8654). */
  readonly extendedMessage: boolean;
  readonly localAs: number;
  readonly peerAs: number;
  /** Families that both ends announced; the routes of others in an UPDATE are opaque octets. */
  readonly families: ReadonlySet<Family>;
  /** Families whose IPv4 routes may have an IPv6 next hop (RFC 8950). */
  readonly extendedNextHop: ReadonlySet<Family>;
}

/** Maximum number of octets of a message in this context, including the header. */
export const maxMessage = (context: Pick<WireContext, 'extendedMessage'>): number =>
  context.extendedMessage ? 65535 : 4096;
