import type { Family } from './family';

/**
 * The negotiated parameters that determine how octets are decoded and encoded: fixed while a session is Established.
 */
export interface WireContext {
  /**
   * RFC 4271: internal where both ends share an AS number. Decides verdicts (RFC 7606) and which attributes may come.
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
  /** Families that both ends announced; others in an UPDATE are opaque. */
  readonly families: ReadonlySet<Family>;
  /** Families whose IPv4 routes may have an IPv6 next hop (RFC 8950). */
  readonly extendedNextHop: ReadonlySet<Family>;
}

/** The octets a message may have under this context, header included. */
export const maxMessage = (context: Pick<WireContext, 'extendedMessage'>): number =>
  context.extendedMessage ? 65535 : 4096;
